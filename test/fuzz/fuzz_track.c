/* The request table does what a plain list does: the bytes are a script of requests, replies and times. */
#include "oracle.h"

#include "../unit/track_model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const char *trouble = track_drive(data, size, 400);
    if (trouble != NULL)
        fprintf(stderr, "not so: %s\n", trouble);
    CHECK(trouble == NULL);
    return 0;
}
