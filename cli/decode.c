#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "output.h"
#include "reading.h"
#include "text.h"
#include "values.h"

enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_JSONL, FORMAT_CSV };

struct printer {
    struct zjiot_options options;
    enum format format;
    size_t records;
};

static void print_as_text(const struct printer *printer, const struct result *result) {
    if (result->message == NULL)
        return; /* stderr has it, and nothing was decoded */
    if (printer->records > 1)
        putchar('\n');
    print_text(result, printer->options.show_secrets);
}

/* --- CSV: a row for each value --- */

static void print_row(const struct printer *printer, const struct result *result, const char *path, const char *value,
                      const char *unit, const char *quality, const char *deviation) {
    const char *columns[] = {path, value, unit, quality, deviation};
    put_csv_start(printer->records, result);
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
        put_csv_next(columns[i]);
    fputs("\r\n", stdout);
}

static void print_csv(const struct printer *printer, const struct result *result) {
    const struct zjiot_report *report = result->report;
    char codes[CODES_SIZE];
    if (result->error != NULL) {
        print_row(printer, result, "error.code", zjiot_code_name(result->error->code), "", "", "");
        print_row(printer, result, "error.path", result->error->path, "", "", "");
        print_row(printer, result, "error.text", result->error->text, "", "", "");
    }
    for (size_t i = 0; i < value_count(result->trace); i++) {
        struct value value;
        if (!value_read(&result->trace->items[i], printer->options.show_secrets, &value))
            continue;
        deviation_codes(report, value.path, codes, sizeof codes);
        print_row(printer, result, value.path, value.text, value.unit, value.quality, codes);
    }
    for (size_t i = 0; i < report->count && i < report->capacity && result->message != NULL; i++) {
        const struct zjiot_deviation *deviation = &report->items[i];
        if (!has_value_at(result, deviation->path))
            print_row(printer, result, deviation->path, deviation->found, "", "", zjiot_code_name(deviation->code));
    }
}

/* --- Records --- */

static int print_result(const struct result *result, void *context) {
    struct printer *printer = context;
    printer->records += printer->format != FORMAT_TEXT || result->message != NULL;
    switch (printer->format) {
    case FORMAT_TEXT:
        print_as_text(printer, result);
        break;
    case FORMAT_JSON:
    case FORMAT_JSONL:
        print_record(result, &printer->options, printer->format == FORMAT_JSON);
        break;
    case FORMAT_CSV:
        print_csv(printer, result);
        break;
    }
    return EXIT_OK;
}

int run_decode(const struct invocation *invocation) {
    struct printer printer = {
        .options = reading_options(invocation),
        .format = (enum format)invocation->choice[OPTION_OUTPUT],
    };
    bool needs_trace = printer.format == FORMAT_TEXT || printer.format == FORMAT_CSV;
    if (printer.format == FORMAT_CSV)
        fputs(CSV_START ",path,value,unit,quality,deviation\r\n", stdout);
    return reading_run(invocation, needs_trace ? READING_TRACED : READING_DECODED, print_result, &printer);
}
