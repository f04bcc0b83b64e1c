#ifndef COUNT_MALLOC_H
#define COUNT_MALLOC_H

#include <stdint.h>

/* Calls of malloc, calloc and realloc so far. */
uint64_t allocations(void);

#endif
