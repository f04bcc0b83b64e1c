/* The request table does what a plain list does: the bytes are a script of requests, replies and times. */
#include "oracle.h"

#include "../unit/track_model.h"

enum { STEPS = 400, CHECK_EVERY = 8 }; /* the structure costs more to check than a step to take */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const char *trouble = track_drive(data, size, STEPS, CHECK_EVERY);
    if (trouble != NULL)
        fprintf(stderr, "not so: %s\n", trouble);
    CHECK(trouble == NULL);
    return 0;
}
