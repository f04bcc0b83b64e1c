/* The commands, their exit codes and their parsed command line. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include <stddef.h>

#include "options.h"

enum exit_code {
#define EXIT_CODE(name, number, meaning) EXIT_##name = number,
#include "exits.def"
#undef EXIT_CODE
};

struct zjiot_cipher;
struct zjiot_pool;

enum { REPEATED_MOST = 64 };

/* What the user asked for. */
struct invocation {
    const struct command *command;
    const char *value[OPTION_COUNT];     /* argument, the last one if it is repeated, "" for a flag; NULL: not given */
    const char *repeated[REPEATED_MOST]; /* all arguments of the option that may be repeated */
    size_t repeated_count;
    unsigned choice[OPTION_COUNT]; /* number of the choice, the default is 0 */
    char **operands;
    size_t operand_count;
    const struct zjiot_cipher *cipher; /* the keys of encrypted bodies; of kind NONE when no key is given */
    struct zjiot_pool *scratch;        /* where bodies are encrypted */
};

struct command {
    const char *name;
    const char *arguments;
    const char *formats; /* of --output, NULL when it has none */
    const char *summary;
    const char *details;
    int (*run)(const struct invocation *invocation);
};

/* In the order of enum command_id. */
extern const struct command commands[COMMAND_COUNT];

/* NULL, after an error on stderr, when there is no such command. */
const struct command *command_find(const char *name, const char *topic);

#define COMMAND(id, name, arguments, formats, summary, details) int run_##name(const struct invocation *invocation);
#include "commands.def"
#undef COMMAND

void help_overview(void);
void help_command(const struct command *command);
void version_print(void);

#endif
