/* The request table against a plain list, with random requests, replies, times and handles. */
#include "unit.h"

#include "track_model.h"

enum { SCRIPT_SIZE = 64 * 1024 };

/* Calls of the library that are made in all; each takes about six bytes of a script. */
enum { STEPS = 200 * 1000 };

static void the_table_does_what_a_list_does(void **state) {
    (void)state;
    static uint8_t script[SCRIPT_SIZE];
    uint64_t seed = 3;
    for (int round = 0; round < STEPS * 6 / SCRIPT_SIZE + 1; round++) {
        const uint64_t this_seed = seed;
        random_fill(&seed, script, sizeof script);
        const char *trouble = track_drive(script, sizeof script, STEPS, 1);
        if (trouble)
            fail_msg("seed %llu: not so: %s", (unsigned long long)this_seed, trouble);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_does_what_a_list_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
