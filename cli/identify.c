#include <stdio.h>

#include "commands.h"
#include "output.h"
#include "reading.h"
#include "trouble.h"
#include "values.h"
#include "zjiot/pool.h"

static const char *const fits[] = {
    [ZJIOT_FIT_NO] = "no",
    [ZJIOT_FIT_POSSIBLE] = "possible",
    [ZJIOT_FIT_LIKELY] = "likely",
    [ZJIOT_FIT_CERTAIN] = "certain",
};

enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_JSONL };
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

/* --- JSON: the record of the frame as the best guess has it, and the guesses --- */

struct guesses {
    const struct zjiot_guess *items;
    size_t count;
};

static void add_guesses(const struct result *result, bool pretty, void *context) {
    const struct guesses *guesses = context;
    (void)result;
    fputs(pretty ? "\"guesses\": [" : "\"guesses\":[", stdout);
    for (size_t i = 0; i < guesses->count; i++) {
        const struct zjiot_guess *guess = &guesses->items[i];
        printf("%s%s{", i > 0 ? "," : "", pretty ? "\n    " : "");
        put_json_member(true, "protocol", guess->protocol->name);
        put_json_member(false, "fit", fits[guess->fit]);
        if (guess->message[0] != '\0')
            put_json_member(false, "message", guess->message);
        put_json_member(false, "why", guess->why);
        putchar('}');
    }
    fputs(pretty ? "\n  ]" : "]", stdout);
}

static void print_json(const struct result *result, struct guesses *guesses, bool pretty) {
    enum { DEVIATIONS = 64, POOL_LIMIT = 1 << 28 };
    static struct zjiot_deviation deviations[DEVIATIONS];
    struct zjiot_report report = {.items = deviations, .capacity = DEVIATIONS};
    struct zjiot_pool pool = {0};
    struct zjiot_message message;
    struct zjiot_error error = {.code = ZJIOT_OK};
    struct result best = *result;
    for (; report.count < result->report->count && report.count < DEVIATIONS; report.count++)
        deviations[report.count] = result->report->items[report.count];
    const size_t skipped = report.count;
    best.report = &report;
    if (guesses->count == 0) {
        best.protocol = NULL;
    } else if (guesses->items[0].fit == ZJIOT_FIT_NO) {
        best.protocol = NULL;
        error.code = ZJIOT_UNKNOWN;
        snprintf(error.text, sizeof error.text, "no protocol fits");
    } else {
        best.protocol = guesses->items[0].protocol;
        zjiot_pool_growing(&pool, NULL, POOL_LIMIT);
        const struct zjiot_input input = {result->topic, result->bytes, result->size};
        if (zjiot_decode(best.protocol, &input, NULL, &pool, &message, &report, NULL, &error) == 0)
            best.message = &message;
        error.offset += result->offset;
        for (size_t i = skipped; i < report.count && i < DEVIATIONS; i++)
            deviations[i].offset += result->offset;
    }
    if (error.code != ZJIOT_OK)
        best.error = &error;
    print_document(&best, NULL, pretty, add_guesses, guesses);
    zjiot_pool_release(&pool);
}

static int identify_result(const struct result *result, void *context) {
    const enum format *format = context;
    struct zjiot_guess items[GUESSES_MAX];
    struct guesses guesses = {.items = items};
    const struct zjiot_input input = {result->topic, result->bytes, result->size};
    if (result->error == NULL)
        guesses.count = zjiot_identify(&input, items, GUESSES_MAX);
    bool has_fit = guesses.count > 0 && items[0].fit != ZJIOT_FIT_NO;
    if (*format == FORMAT_TEXT)
        print_text(result, items, guesses.count);
    else
        print_json(result, &guesses, *format == FORMAT_JSON);
    if (!has_fit && result->error == NULL)
        tell(result->text, "no protocol fits");
    return has_fit ? EXIT_OK : EXIT_UNDECODABLE;
}

int run_identify(const struct invocation *invocation) {
    enum format format = (enum format)invocation->choice[OPTION_OUTPUT];
    return reading_run(invocation, READING_CUT, identify_result, &format);
}
