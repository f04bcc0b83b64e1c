#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "output.h"
#include "suggest.h"
#include "zjiot/catalog.h"

#define IN(command) (1u << COMMAND_##command)
#define ANY_COMMAND (~0u)
const struct option_row option_rows[OPTION_COUNT] = {
#define OPTION(id, name, letter, argument, choices, commands, help) {name, letter, argument, choices, commands, help},
#include "options.def"
#undef OPTION
};

enum { LONG_BASE = 256, CHOICE_SIZE = 64 }; /* what getopt_long returns for a row: LONG_BASE + its number */

bool option_belongs(const struct option_row *row, const struct command *command) {
    return row->commands >> (command - commands) & 1;
}

static bool word_at(const char *words, unsigned index, char *out) {
    for (; index > 0; index--) {
        words = strchr(words, ' ');
        if (words == NULL)
            return false;
        words++;
    }
    snprintf(out, CHOICE_SIZE, "%.*s", (int)strcspn(words, " "), words);
    return true;
}

static bool is_protocol(const struct option_row *row) {
    return strcmp(row->choices, "@protocols") == 0;
}

bool option_choice(const struct option_row *row, const struct command *command, unsigned index, char *out) {
    if (row->choices == NULL)
        return false;
    if (strcmp(row->choices, "@formats") == 0)
        return command->formats != NULL && word_at(command->formats, index, out);
    if (!is_protocol(row))
        return word_at(row->choices, index, out);
    const struct zjiot_protocol *const *protocols = zjiot_protocols();
    for (unsigned i = 0; i <= index; i++) {
        if (protocols[i] == NULL)
            return false;
    }
    snprintf(out, CHOICE_SIZE, "%s", protocols[index]->name);
    return true;
}

/* Which choice `text` is; complains when it is none. */
static bool read_choice(const struct option_row *row, const struct command *command, const char *text,
                        unsigned *ret_index) {
    char choice[CHOICE_SIZE], all[256] = "", hint[96];
    struct suggestion suggestion;
    suggest_start(&suggestion, text);
    const struct zjiot_protocol *protocol = is_protocol(row) ? zjiot_protocol_find(text) : NULL;
    if (protocol != NULL) /* also by its other name */
        text = protocol->name;
    for (unsigned i = 0; option_choice(row, command, i, choice); i++) {
        if (strcmp(choice, text) == 0) {
            *ret_index = i;
            return true;
        }
        suggest_offer(&suggestion, choice);
        size_t used = strlen(all);
        snprintf(all + used, sizeof all - used, "%s%s", i > 0 ? ", " : "", choice);
    }
    complain("--%s: there is no '%s'%s; there is %s", row->name, text, suggest_text(&suggestion, hint, sizeof hint),
             all);
    return false;
}

/* An option that this command does not have. */
static void complain_unknown(const struct command *command, const char *word) {
    char name[CHOICE_SIZE], hint[96];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(word, "="), word);
    struct suggestion suggestion;
    suggest_start(&suggestion, name);
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        char known[CHOICE_SIZE];
        snprintf(known, sizeof known, "--%s", option_rows[i].name);
        if (option_belongs(&option_rows[i], command))
            suggest_offer(&suggestion, known);
        else if (strcmp(known, name) == 0) {
            complain("%s is no option of this command; see zjiotctl %s --help", name, command->name);
            return;
        }
    }
    complain("unknown option '%s'%s; see zjiotctl %s --help", name, suggest_text(&suggestion, hint, sizeof hint),
             command->name);
}

/* Says which options begin like that, and never what came with it: that may be a secret. False: not several. */
static bool complain_ambiguous(const struct command *command, const char *word) {
    const size_t size = strcspn(word, "=");
    char all[256] = "";
    unsigned count = 0;
    if (strncmp(word, "--", 2) != 0)
        return false;
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const size_t used = strlen(all);
        if (!option_belongs(&option_rows[i], command) || strncmp(option_rows[i].name, word + 2, size - 2) != 0)
            continue;
        snprintf(all + used, sizeof all - used, "%s--%s", count++ > 0 ? ", " : "", option_rows[i].name);
    }
    if (count > 1)
        complain("option '%.*s' is ambiguous: %s", (int)size, word, all);
    return count > 1;
}

static void complain_getopt(const struct command *command, int result, const char *word) {
    if (optopt >= LONG_BASE && result == ':') {
        const struct option_row *row = &option_rows[optopt - LONG_BASE];
        complain("option --%s needs its %s", row->name, row->argument);
    } else if (optopt >= LONG_BASE) {
        complain("option --%s takes no argument", option_rows[optopt - LONG_BASE].name);
    } else if (optopt != 0 && result == ':') {
        complain("option -%c needs its argument", optopt);
    } else if (optopt != 0) {
        complain("unknown option '-%c'; see zjiotctl %s --help", optopt, command->name);
    } else if (!complain_ambiguous(command, word)) {
        complain_unknown(command, word);
    }
}

/* What getopt_long wants for one command. */
struct getopt_arrays {
    struct option longs[OPTION_COUNT + 1];
    char shorts[2 + 2 * OPTION_COUNT];
};

static void make_arrays(const struct command *command, struct getopt_arrays *ret_arrays) {
    *ret_arrays = (struct getopt_arrays){.shorts = ":"};
    size_t count = 0, used = 1;
    for (int i = 0; i < OPTION_COUNT; i++) {
        const struct option_row *row = &option_rows[i];
        if (!option_belongs(row, command))
            continue;
        ret_arrays->longs[count++] = (struct option){row->name, row->argument != NULL, NULL, LONG_BASE + i};
        if (row->letter == 0)
            continue;
        ret_arrays->shorts[used++] = row->letter;
        if (row->argument != NULL)
            ret_arrays->shorts[used++] = ':';
    }
}

static int row_of_letter(const struct command *command, int letter) {
    for (int i = 0; i < OPTION_COUNT; i++) {
        if (option_rows[i].letter == letter && option_belongs(&option_rows[i], command))
            return i;
    }
    return -1;
}

/* Its argument is written with dots behind it; a command has one such option at the most. */
static bool is_repeatable(const struct option_row *row) {
    return row->argument != NULL && strstr(row->argument, "...") != NULL;
}

static bool take_option(struct invocation *invocation, int index, const char *argument) {
    const struct option_row *row = &option_rows[index];
    if (is_repeatable(row)) {
        if (invocation->repeated_count == REPEATED_MOST) {
            complain("option --%s is given more than %d times", row->name, REPEATED_MOST);
            return false;
        }
        invocation->repeated[invocation->repeated_count++] = argument;
    } else if (invocation->value[index] != NULL && row->argument != NULL) {
        complain("option --%s is given twice", row->name);
        return false;
    }
    invocation->value[index] = row->argument ? argument : "";
    return row->choices == NULL || read_choice(row, invocation->command, argument, &invocation->choice[index]);
}

bool options_parse(struct invocation *invocation, int argc, char **argv) {
    struct getopt_arrays arrays;
    make_arrays(invocation->command, &arrays);
    opterr = 0;
    int result;
    while ((result = getopt_long(argc, argv, arrays.shorts, arrays.longs, NULL)) != -1) {
        if (result == '?' || result == ':') {
            complain_getopt(invocation->command, result, argv[optind - 1]);
            return false;
        }
        int index = result >= LONG_BASE ? result - LONG_BASE : row_of_letter(invocation->command, result);
        if (!take_option(invocation, index, optarg))
            return false;
    }
    invocation->operands = argv + optind;
    invocation->operand_count = (size_t)(argc - optind);
    return true;
}
