/* The kinds of keys that keygen makes. */
#ifndef CLI_KEYGEN_H
#define CLI_KEYGEN_H

#include <stddef.h>

/* Its name; NULL when there are no more. */
const char *keygen_kind(size_t index);

#endif
