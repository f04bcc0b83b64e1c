#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "output.h"
#include "suggest.h"
#include "zjiot/error.h"

static const struct {
    int number;
    const char *meaning;
} exit_codes[] = {
#define EXIT_CODE(name, number, meaning) {number, meaning},
#include "exits.def"
#undef EXIT_CODE
};

void version_print(void) {
    printf("zjiotctl %s\n", zjiot_version());
}

void help_overview(void) {
    puts("zjiotctl reads and writes the messages of Zhenjiang's devices.\n"
         "\n"
         "Usage: zjiotctl COMMAND [OPTION...] [ARGUMENT...]\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        printf("  %-11s %s\n", commands[i].name, commands[i].summary);
    puts("\n"
         "Start with: zjiotctl decode 'ff fe fd fc | 11 | 00 01 | 01 01 64 | ff ff'\n"
         "zjiotctl COMMAND --help explains a command, zjiotctl help exit-codes the exit codes.");
}

static void print_choices(const struct option_row *row, const struct command *command, size_t indent) {
    char choice[64];
    for (unsigned i = 0; option_choice(row, command, i, choice); i++) {
        if (i == 0)
            printf("\n%*s", (int)indent, "");
        bool has_default = row->argument != NULL && strcmp(row->choices, "@protocols") != 0;
        printf("%s%s%s", i > 0 ? ", " : "", choice, i == 0 && has_default ? " (default)" : "");
    }
}

static void print_option(const struct option_row *row, const struct command *command) {
    enum { INDENT = 28 };
    char left[64];
    char letter[] = {'-', row->letter, ',', ' ', '\0'};
    snprintf(left, sizeof left, "%s--%s%s%s", row->letter ? letter : "    ", row->name, row->argument ? " " : "",
             row->argument ? row->argument : "");
    printf("  %-*s", INDENT - 2, left);
    if (strlen(left) >= INDENT - 2)
        printf("\n%*s", INDENT, "");
    put_wrapped(row->help, INDENT);
    print_choices(row, command, INDENT);
    putchar('\n');
}

void help_command(const struct command *command) {
    printf("%s\n\nUsage: zjiotctl %s [OPTION...] %s\n\n", command->summary, command->name, command->arguments);
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (option_belongs(&option_rows[i], command))
            print_option(&option_rows[i], command);
    }
    if (command->details[0] != '\0')
        printf("\n%s", command->details);
    puts("\nExit codes: zjiotctl help exit-codes");
}

static void print_exit_codes(void) {
    for (size_t i = 0; i < sizeof exit_codes / sizeof exit_codes[0]; i++)
        printf("%3d  %s\n", exit_codes[i].number, exit_codes[i].meaning);
}

int run_help(const struct invocation *invocation) {
    if (invocation->operand_count > 1) {
        complain("one command at a time");
        return EXIT_USAGE;
    }
    if (invocation->operand_count == 0) {
        help_overview();
    } else if (strcmp(invocation->operands[0], "exit-codes") == 0) {
        print_exit_codes();
    } else {
        const struct command *command = command_find(invocation->operands[0], "exit-codes");
        if (command == NULL)
            return EXIT_USAGE;
        help_command(command);
    }
    return EXIT_OK;
}
