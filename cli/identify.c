#include <stdio.h>

#include "commands.h"
#include "output.h"
#include "reading.h"
#include "trouble.h"

static const char *const fits[] = {
    [ZJIOT_FIT_NO] = "no",
    [ZJIOT_FIT_POSSIBLE] = "possible",
    [ZJIOT_FIT_LIKELY] = "likely",
    [ZJIOT_FIT_CERTAIN] = "certain",
};

enum { GUESSES_MAX = 16 };

static void print_text(const struct result *result, const struct zjiot_guess *guesses, size_t count) {
    char label[256];
    input_label(result->text, label, sizeof label);
    if (label[0] != '\0' || !result->first || !result->last)
        printf("%s%sbytes %zu to %zu:\n", label, label[0] != '\0' ? ", " : "", result->offset,
               result->offset + result->size - (result->size > 0));
    for (size_t i = 0; i < count; i++) {
        const struct zjiot_guess *guess = &guesses[i];
        bool is_best = i == 0 && guess->fit != ZJIOT_FIT_NO;
        printf("%s%-8s %-9s %s%s%s%s\n", is_best ? colour(stdout, COLOUR_BOLD) : "", guess->protocol->name,
               fits[guess->fit], is_best ? colour(stdout, COLOUR_NONE) : "", guess->message,
               guess->message[0] != '\0' ? ": " : "", guess->why);
    }
}

static void print_json(const struct result *result, const struct zjiot_guess *guesses, size_t count) {
    printf("{\"offset\":%zu,\"size\":%zu,\"guesses\":[", result->offset, result->size);
    for (size_t i = 0; i < count; i++) {
        printf("%s{", i > 0 ? "," : "");
        put_json_member(true, "protocol", guesses[i].protocol->name);
        put_json_member(false, "fit", fits[guesses[i].fit]);
        if (guesses[i].message[0] != '\0')
            put_json_member(false, "message", guesses[i].message);
        put_json_member(false, "why", guesses[i].why);
        putchar('}');
    }
    fputs("],\"raw\":\"", stdout);
    if (zjiot_may_hold_secret(result->bytes, result->size, NULL))
        fputs("***", stdout);
    else
        put_hex(result->bytes, result->size, "");
    puts("\"}");
}

static int identify_result(const struct result *result, void *context) {
    const bool *json = context;
    struct zjiot_guess guesses[GUESSES_MAX];
    size_t count = result->error == NULL ? zjiot_identify(result->bytes, result->size, guesses, GUESSES_MAX) : 0;
    bool has_fit = count > 0 && guesses[0].fit != ZJIOT_FIT_NO;
    if (*json)
        print_json(result, guesses, count);
    else
        print_text(result, guesses, count);
    if (!has_fit && result->error == NULL)
        tell(result->text, "no protocol fits");
    return has_fit ? EXIT_OK : EXIT_UNDECODABLE;
}

int run_identify(const struct invocation *invocation) {
    bool json = invocation->choice[OPTION_OUTPUT] == 1;
    return reading_run(invocation, READING_CUT, identify_result, &json);
}
