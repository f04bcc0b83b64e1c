#include "printer.h"

#include <stdio.h>
#include <string.h>

#include "output.h"
#include "text.h"
#include "values.h"

static const char *truth(bool is_true) {
    return is_true ? "true" : "false";
}

static void print_as_text(const struct printer *printer, const struct result *result) {
    if (result->message == NULL)
        return; /* stderr has it, and nothing was decoded */
    const struct arrival *arrival = &printer->arrival;
    if (printer->records > 1)
        putchar('\n');
    if (printer->is_live)
        printf("%s%s, QoS %u%s%s%s\n", colour(stdout, COLOUR_DIM), arrival->received, arrival->qos,
               arrival->is_retained ? ", retained" : "", arrival->is_duplicate ? ", perhaps for the second time" : "",
               colour(stdout, COLOUR_NONE));
    print_text(result, printer->options.show_secrets);
}

/* --- CSV: a row for each value, and one at the least for each record --- */

static void print_row(const struct printer *printer, const struct result *result, const char *path, const char *value,
                      const char *unit, const char *quality, const char *deviation) {
    const char *columns[] = {path, value, unit, quality, deviation};
    const struct arrival *arrival = &printer->arrival;
    if (printer->is_live) {
        fputs(arrival->received, stdout);
        put_csv_next(result->topic);
        printf(",%u,%s,%s,", arrival->qos, truth(arrival->is_retained), truth(arrival->is_duplicate));
    }
    put_csv_start(printer->records, result);
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
        put_csv_next(columns[i]);
    fputs("\r\n", stdout);
}

static void print_csv(const struct printer *printer, const struct result *result) {
    const struct zjiot_report *report = result->report;
    char codes[CODES_SIZE];
    bool has_row = result->error != NULL;
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
        has_row = true;
    }
    for (size_t i = 0; i < report->count && i < report->capacity && result->message != NULL; i++) {
        const struct zjiot_deviation *deviation = &report->items[i];
        if (has_value_at(result, deviation->path))
            continue;
        print_row(printer, result, deviation->path, deviation->found, "", "", zjiot_code_name(deviation->code));
        has_row = true;
    }
    if (report->count > report->capacity) {
        char count[24];
        snprintf(count, sizeof count, "%zu", report->count - report->capacity);
        print_row(printer, result, "deviations_left_out", count, "", "", "");
    }
    if (!has_row)
        print_row(printer, result, "", "", "", "", "");
}

/* --- Records --- */

static void print_json(const struct printer *printer, const struct result *result) {
    const bool pretty = printer->format == FORMAT_JSON;
    const char *text, *next = pretty ? ",\n  " : ",", *colon = pretty ? ": " : ":";
    const struct arrival *arrival = &printer->arrival;
    if (!printer->is_live) {
        print_record(result, &printer->options, pretty);
        return;
    }
    const size_t size = record_text(result, &printer->options, pretty, &text);
    if (size == 0)
        return;
    printf("{%s\"received\"%s\"%s\"%s\"qos\"%s%u%s", pretty ? "\n  " : "", colon, arrival->received, next, colon,
           arrival->qos, next);
    printf("\"retained\"%s%s%s\"duplicate\"%s%s,", colon, truth(arrival->is_retained), next, colon,
           truth(arrival->is_duplicate));
    fwrite(text + 1, 1, size - 1, stdout);
    putchar('\n');
}

enum reading_depth printer_depth(const struct printer *printer) {
    return printer->format == FORMAT_TEXT || printer->format == FORMAT_CSV ? READING_TRACED : READING_DECODED;
}

void printer_start(const struct printer *printer) {
    if (printer->format == FORMAT_CSV)
        printf("%s" CSV_START ",path,value,unit,quality,deviation\r\n",
               printer->is_live ? "received,topic,qos,retained,duplicate," : "");
}

void printer_show(struct printer *printer, const struct result *result) {
    printer->records += printer->format != FORMAT_TEXT || result->message != NULL;
    switch (printer->format) {
    case FORMAT_TEXT:
        print_as_text(printer, result);
        break;
    case FORMAT_JSON:
    case FORMAT_JSONL:
        print_json(printer, result);
        break;
    case FORMAT_CSV:
        print_csv(printer, result);
        break;
    }
}
