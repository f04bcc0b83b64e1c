/* zjiotctl: finds the command and hands it its command line. */
#include <string.h>

#include "commands.h"
#include "keys.h"
#include "output.h"
#include "suggest.h"

const struct command commands[COMMAND_COUNT] = {
#define COMMAND(id, name, arguments, formats, summary, details)                                                        \
    {#name, arguments, formats, summary, details, run_##name},
#include "commands.def"
#undef COMMAND
};

const struct command *command_find(const char *name, const char *topic) {
    struct suggestion suggestion;
    suggest_start(&suggestion, name);
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
        suggest_offer(&suggestion, commands[i].name);
    }
    if (topic != NULL)
        suggest_offer(&suggestion, topic);
    char hint[96];
    complain("unknown command '%s'%s; see zjiotctl help", name, suggest_text(&suggestion, hint, sizeof hint));
    return NULL;
}

/* zjiotctl without a command, but with an option. True when it was one. */
static bool run_global(const char *word) {
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
        help_overview();
    else if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0)
        version_print();
    else
        return false;
    return true;
}

static int run_command(struct invocation *invocation) {
    int code = keys_load(invocation);
    if (code == EXIT_OK)
        code = invocation->command->run(invocation);
    keys_free();
    return code;
}

static int run(int argc, char **argv) {
    if (argc < 2) {
        complain("which command? see zjiotctl help");
        return EXIT_USAGE;
    }
    if (run_global(argv[1]))
        return EXIT_OK;
    struct invocation invocation = {.command = command_find(argv[1], NULL)};
    if (invocation.command == NULL)
        return EXIT_USAGE;
    output_command(invocation.command->name);
    if (!options_parse(&invocation, argc - 1, argv + 1))
        return EXIT_USAGE;
    if (invocation.value[OPTION_HELP] != NULL)
        help_command(invocation.command);
    else if (invocation.value[OPTION_VERSION] != NULL)
        version_print();
    else
        return run_command(&invocation);
    return EXIT_OK;
}

int main(int argc, char **argv) {
    output_start();
    return output_finish(run(argc, argv));
}
