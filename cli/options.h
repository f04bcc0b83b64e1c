/* The table of options, and what is made from it: parsing, help and completion. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

enum command_id {
#define COMMAND(id, name, arguments, formats, summary, details) COMMAND_##id,
#include "commands.def"
#undef COMMAND
    COMMAND_COUNT
};

enum option_id {
#define OPTION(id, name, letter, argument, choices, commands, help) OPTION_##id,
#include "options.def"
#undef OPTION
    OPTION_COUNT
};

struct command;
struct invocation;

struct option_row {
    const char *name;
    char letter;          /* 0: none */
    const char *argument; /* NULL: a flag */
    const char *choices;  /* NULL: free text */
    unsigned commands;    /* bit 1 << command_id */
    const char *help;
};

/* In the order of enum option_id. */
extern const struct option_row option_rows[OPTION_COUNT];

bool option_belongs(const struct option_row *row, const struct command *command);

/* Copies choice number `index` to `out` (64 bytes); false when there is none. Choices that depend on the command or on
 * the library are resolved. */
bool option_choice(const struct option_row *row, const struct command *command, unsigned index, char *out);

/* Fills invocation->value, choice and the operands. False, after an error on stderr, when the line is wrong. */
bool options_parse(struct invocation *invocation, int argc, char **argv);

#endif
