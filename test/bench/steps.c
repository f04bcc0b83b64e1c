/* steps MESSAGE decode|encode VARIANT CALLS: makes the calls and nothing else, for a tool that counts instructions. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "variants.h"

int main(int count, char **arguments) {
    static struct typed sources[CORPUS_TEXTS];
    struct corpus corpus;
    struct zjiot_pool pool;
    struct run run;
    const struct corpus_message *message = count == 5 ? corpus_find(arguments[1]) : NULL;
    const struct variant *variant = NULL;
    for (size_t i = 0; message != NULL && i < variant_count; i++)
        if (strcmp(variants[i].name, arguments[3]) == 0)
            variant = &variants[i];
    if (variant == NULL) {
        fputs("usage: steps MESSAGE decode|encode VARIANT CALLS\n", stderr);
        return 2;
    }
    corpus_make(&corpus, message, CORPUS_COMPACT);
    zjiot_pool_growing(&pool, NULL, SIZE_MAX);
    decode_sources(&corpus, &pool, sources);
    run_start(&run, &corpus, variant, sources);
    for (unsigned long calls = strtoul(arguments[4], NULL, 10); calls > 0; calls--) {
        if (strcmp(arguments[2], "encode") == 0)
            run_encode(&run);
        else
            run_decode(&run);
    }
    run_end(&run);
    zjiot_pool_release(&pool);
    corpus_free(&corpus);
    return run.failures == 0 ? 0 : 1;
}
