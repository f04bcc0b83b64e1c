/* The JSON of --data as paths and texts. */
#ifndef CLI_FLATTEN_H
#define CLI_FLATTEN_H

#include <stdbool.h>

/* `data` is JSON text, @FILE or @-. Calls `set` for each value ("period[0].on", "420"); a false from it ends the walk.
 * False, after an error on stderr, when it is no object or holds null. */
bool flatten_data(const char *data, bool (*set)(const char *path, const char *text, void *context), void *context);

#endif
