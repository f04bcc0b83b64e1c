/* The scripts ask the tool itself for the words that may follow ("completion candidates -- WORD..."), so they hold no
 * list of their own. */
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "fields.h"
#include "keygen.h"
#include "output.h"
#include "simulate/simulate.h"
#include "suggest.h"

static const struct {
    const char *shell;
    const char *script;
} scripts[] = {
    {"bash",
     "# zjiotctl completion for bash\n"
     "_zjiotctl() {\n"
     "    local word\n"
     "    COMPREPLY=()\n"
     "    if [[ ${2-} == @* ]]; then\n"
     "        while IFS= read -r word; do\n"
     "            COMPREPLY+=(\"@$(printf %q \"$word\")$([[ -d $word ]] && echo /)\")\n"
     "        done < <(compgen -f -- \"${2#@}\")\n"
     "        [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == */ ]] && compopt -o nospace\n"
     "        return\n"
     "    fi\n"
     "    while IFS=$'\\t' read -r word _; do\n"
     "        COMPREPLY+=(\"$word\")\n"
     "    done < <(\"${COMP_WORDS[0]}\" completion candidates -- \"${COMP_WORDS[@]:1:COMP_CWORD}\" 2>/dev/null)\n"
     "    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]]; then\n"
     "        compopt -o nospace\n"
     "    fi\n"
     "}\n"
     "complete -o default -F _zjiotctl zjiotctl\n"},
    {"zsh",
     "#compdef zjiotctl\n"
     "# zjiotctl completion for zsh\n"
     "_zjiotctl() {\n"
     "    local -a found plain keys\n"
     "    local line word\n"
     "    found=(\"${(@f)$(\"${words[1]}\" completion candidates -- \"${(@)words[2,CURRENT]}\" 2>/dev/null)}\")\n"
     "    for line in $found; do\n"
     "        word=\"${line%%$'\\t'*}\"\n"
     "        word=\"${word//:/\\\\:}\"\n"
     "        [[ $line == *$'\\t'* ]] && word+=\":${line#*$'\\t'}\"\n"
     "        if [[ ${line%%$'\\t'*} == *= ]]; then\n"
     "            keys+=(\"$word\")\n"
     "        else\n"
     "            plain+=(\"$word\")\n"
     "        fi\n"
     "    done\n"
     "    (( $#keys )) && _describe 'key' keys -S ''\n"
     "    (( $#plain )) && _describe 'word' plain\n"
     "    (( $#keys + $#plain )) || _files\n"
     "}\n"
     "if [[ ${funcstack[1]} == _zjiotctl ]]; then\n"
     "    _zjiotctl \"$@\"\n"
     "else\n"
     "    compdef _zjiotctl zjiotctl\n"
     "fi\n"},
    {"fish", "# zjiotctl completion for fish\n"
             "function __zjiotctl_candidates\n"
             "    set -l before (commandline -opc)\n"
             "    set -l now (commandline -ct)\n"
             "    set -l found (zjiotctl completion candidates -- $before[2..-1] \"$now\" 2>/dev/null)\n"
             "    if count $found >/dev/null\n"
             "        printf '%s\\n' $found\n"
             "    else\n"
             "        __fish_complete_path \"$now\"\n"
             "    end\n"
             "end\n"
             "complete -c zjiotctl -f -a '(__zjiotctl_candidates)'\n"},
};

enum { WORDS_MAX = 256, WORD_SIZE = 256, SHELLS = sizeof scripts / sizeof scripts[0] };

/* The word that is being completed. */
struct completion {
    const char *prefix;
    size_t hidden; /* characters of each candidate that the shell has already: the key of KEY=VALUE */
    const char *key;
    size_t key_size;
    bool is_up;           /* --up stands in front */
    const char *protocol; /* what --protocol says in front, else the one that send takes */
};

static void candidate(const struct completion *completion, const char *word, const char *meaning) {
    if (strncmp(word, completion->prefix, strlen(completion->prefix)) != 0)
        return;
    printf("%s", word + completion->hidden);
    if (meaning != NULL && meaning[0] != '\0')
        printf("\t%s", meaning);
    putchar('\n');
}

/* `lead` stands in front of each choice. */
static void complete_choices(const struct completion *completion, const struct option_row *row,
                             const struct command *command, const char *lead) {
    char choice[64], word[WORD_SIZE + sizeof choice];
    for (unsigned i = 0; option_choice(row, command, i, choice); i++) {
        snprintf(word, sizeof word, "%s%s", lead, choice);
        candidate(completion, word, NULL);
    }
}

/* Options, and after --NAME= the choices of that one. */
static void complete_options(const struct completion *completion, const struct command *command) {
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const struct option_row *row = &option_rows[i];
        char word[WORD_SIZE];
        const int size = snprintf(word, sizeof word, "--%s", row->name);
        if (!option_belongs(row, command))
            continue;
        candidate(completion, word, row->help);
        word[size] = '=';
        word[size + 1] = '\0';
        if (row->argument != NULL && strncmp(completion->prefix, word, (size_t)size + 1) == 0)
            complete_choices(completion, row, command, word);
    }
}

static void complete_protocols(const struct completion *completion) {
    for (const struct zjiot_protocol *const *p = zjiot_protocols(); *p != NULL; p++)
        candidate(completion, (*p)->name, (*p)->title);
}

static void complete_messages(const struct completion *completion, const char *protocol_word, bool downward_only) {
    const struct zjiot_protocol *protocol = zjiot_protocol_find(protocol_word);
    struct named named;
    for (size_t i = 0; protocol != NULL && named_next(protocol, &i, &named);) {
        if (!downward_only || named.direction != ZJIOT_UP)
            candidate(completion, named.full, named.meaning);
    }
}

static void complete_key(const struct field_entry *entry, void *context) {
    const struct completion *completion = context;
    char word[WORD_SIZE];
    if (!entry->is_settable)
        return;
    if (completion->key == NULL) {
        snprintf(word, sizeof word, "%s=", entry->path);
        candidate(completion, word, entry->field->meaning);
        return;
    }
    if (strlen(entry->path) != completion->key_size || strncmp(entry->path, completion->key, completion->key_size) != 0)
        return;
    for (const struct zjiot_choice *choice = entry->field->set; choice != NULL && choice->name != NULL; choice++) {
        snprintf(word, sizeof word, "%s=%s", entry->path, choice->name);
        candidate(completion, word, choice->meaning);
    }
}

static void complete_keys(struct completion *completion, const char *protocol_word, const char *message_word,
                          enum zjiot_direction direction) {
    const struct zjiot_protocol *protocol = zjiot_protocol_find(protocol_word);
    const struct zjiot_record *record = protocol ? zjiot_record_find(protocol, message_word, direction) : NULL;
    struct zjiot_message message;
    struct zjiot_pool *pool;
    const char *equals = strchr(completion->prefix, '=');
    completion->key = equals ? completion->prefix : NULL;
    completion->key_size = equals ? (size_t)(equals - completion->prefix) : 0;
    if (record != NULL && message_prepare(protocol, record, &message, &pool))
        fields_walk(&message, FIELDS_EACH, complete_key, completion);
}

/* What may stand in place `place` of the operands, from 0. */
static void complete_operand(struct completion *completion, const struct command *command, char **operands,
                             size_t place) {
    bool encodes = command == &commands[COMMAND_ENCODE], describes = command == &commands[COMMAND_DESCRIBE];
    bool sends = false;
#ifdef WITH_MQTT
    sends = command == &commands[COMMAND_SEND];
#endif
    if (sends && place == 0) {
        complete_messages(completion, completion->protocol, true);
    } else if (sends) {
        complete_keys(completion, completion->protocol, operands[0], ZJIOT_DOWN);
    } else if ((encodes || describes) && place == 0) {
        complete_protocols(completion);
    } else if ((encodes || describes) && place == 1) {
        complete_messages(completion, operands[0], false);
    } else if (encodes) {
        complete_keys(completion, operands[0], operands[1], completion->is_up ? ZJIOT_UP : ZJIOT_BOTH);
    } else if (command == &commands[COMMAND_COMPLETION] && place == 0) {
        for (size_t i = 0; i < SHELLS; i++)
            candidate(completion, scripts[i].shell, NULL);
    } else if (command == &commands[COMMAND_KEYGEN] && place == 0) {
        for (size_t i = 0; keygen_kind(i) != NULL; i++)
            candidate(completion, keygen_kind(i), NULL);
#ifdef WITH_MQTT
    } else if (command == &commands[COMMAND_SIMULATE] && place == 0) {
        for (size_t i = 0; simulate_kind(i) != NULL; i++)
            candidate(completion, simulate_kind(i), zjiot_protocol_find(simulate_kind(i))->title);
#endif
    } else if (command == &commands[COMMAND_HELP] && place == 0) {
        for (size_t i = 0; i < COMMAND_COUNT; i++)
            candidate(completion, commands[i].name, commands[i].summary);
        candidate(completion, "exit-codes", NULL);
    }
}

/* The option that `word` is, when it waits for an argument in the next word. */
static const struct option_row *waiting_option(const struct command *command, const char *word) {
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const struct option_row *row = &option_rows[i];
        bool is_long = strncmp(word, "--", 2) == 0 && strcmp(word + 2, row->name) == 0;
        bool is_short = row->letter != 0 && word[0] == '-' && word[1] == row->letter && word[2] == '\0';
        if ((is_long || is_short) && row->argument != NULL && option_belongs(row, command))
            return row;
    }
    return NULL;
}

static void complete(char **words, size_t count, struct completion *completion) {
    const struct command *command = NULL;
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (count > 1 && strcmp(commands[i].name, words[0]) == 0)
            command = &commands[i];
        if (count == 1)
            candidate(completion, commands[i].name, commands[i].summary);
    }
    if (command == NULL)
        return;
    char *operands[WORDS_MAX];
    size_t place = 0;
    const struct option_row *waiting = NULL;
    for (size_t i = 1; i + 1 < count; i++) {
        bool is_argument = waiting != NULL;
        if (is_argument && waiting == &option_rows[OPTION_PROTOCOL])
            completion->protocol = words[i];
        completion->is_up |= !is_argument && strcmp(words[i], "--up") == 0;
        waiting = is_argument ? NULL : waiting_option(command, words[i]);
        if (!is_argument && words[i][0] != '-')
            operands[place++] = words[i];
    }
    if (waiting != NULL)
        complete_choices(completion, waiting, command, "");
    else if (completion->prefix[0] == '-')
        complete_options(completion, command);
    else
        complete_operand(completion, command, operands, place);
}

/* What bash makes words of their own: "=" in KEY=VALUE, "@" in @FILE, "=@" in --data=@FILE. */
static bool is_sign(const char *word) {
    return word[0] != '\0' && word[strspn(word, "=@")] == '\0';
}

/* bash takes KEY=VALUE apart at the sign; it gets the value alone. */
static int print_candidates(char **operands, size_t count) {
    static char joined[WORDS_MAX][WORD_SIZE];
    char *words[WORDS_MAX];
    size_t used = 0;
    struct completion completion = {.prefix = "", .protocol = "zhenjiang"};
    for (size_t i = 0; i < count && used < WORDS_MAX; i++) {
        bool follows = used > 0 && i > 0 && is_sign(operands[i - 1]);
        bool joins = used > 0 && is_sign(operands[i]) && operands[i][0] == '=';
        if (!follows && !joins) {
            snprintf(joined[used], WORD_SIZE, "%s", operands[i]);
            words[used] = joined[used];
            used++;
            completion.hidden = 0;
            continue;
        }
        size_t size = strlen(joined[used - 1]);
        snprintf(joined[used - 1] + size, WORD_SIZE - size, "%s", operands[i]);
        completion.hidden = joins ? size + 1 : completion.hidden;
    }
    if (used == 0)
        return EXIT_OK;
    completion.prefix = words[used - 1];
    complete(words, used, &completion);
    return EXIT_OK;
}

int run_completion(const struct invocation *invocation) {
    const char *word = invocation->operand_count > 0 ? invocation->operands[0] : "";
    struct suggestion suggestion;
    char hint[96];
    if (strcmp(word, "candidates") == 0)
        return print_candidates(invocation->operands + 1, invocation->operand_count - 1);
    suggest_start(&suggestion, word);
    for (size_t i = 0; i < SHELLS && invocation->operand_count == 1; i++) {
        if (strcmp(scripts[i].shell, word) == 0) {
            fputs(scripts[i].script, stdout);
            return EXIT_OK;
        }
        suggest_offer(&suggestion, scripts[i].shell);
    }
    if (invocation->operand_count != 1)
        complain("for which shell? bash, zsh or fish");
    else
        complain("no completion for '%s'%s; there is bash, zsh, fish", word,
                 suggest_text(&suggestion, hint, sizeof hint));
    return EXIT_USAGE;
}
