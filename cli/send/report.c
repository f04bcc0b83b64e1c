/* What send says: the replies' records and the outcomes on stdout, the reasons on stderr. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "output.h"
#include "send/send.h"
#include "text.h"
#include "values.h"

static const char *outcome_name(int code) {
    switch (code) {
#define EXIT_CODE(name, number, meaning)                                                                               \
    case number:                                                                                                       \
        return #name;
#include "exits.def"
#undef EXIT_CODE
    default:
        return "?";
    }
}

double send_clock(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static enum send_format format_of(const struct send *send) {
    const struct invocation *invocation = &send->invocation;
    return send->is_many && invocation->value[OPTION_OUTPUT] == NULL
               ? SEND_JSONL
               : (enum send_format)invocation->choice[OPTION_OUTPUT];
}

/* --- Records --- */

/* A record with more members at its end, which `text` holds as they stand behind a comma. */
static void write_record(FILE *out, const char *record, size_t size, bool pretty, const char *members) {
    fwrite(record, 1, record_open(record, size), out);
    fprintf(out, pretty ? ",\n  %s\n}" : ",%s}", members);
}

static void keep_record(struct send_request *request, const char *record, size_t size, const char *members) {
    char *text;
    size_t length;
    FILE *out = must(open_memstream(&text, &length));
    if (request->records_size > 0)
        fprintf(out, "%s,", request->records);
    if (members != NULL)
        write_record(out, record, size, false, members);
    else
        fwrite(record, 1, size, out);
    fclose(out);
    free(request->records);
    request->records = must(text);
    request->records_size = length;
}

void send_print_reply(struct send *send, struct send_request *request, const struct result *result, const char *stage,
                      bool is_guessed) {
    const enum send_format format = format_of(send);
    const bool pretty = format == SEND_JSON && !send->is_many;
    const char *record, *next = pretty ? ",\n  " : ",", *colon = pretty ? ": " : ":";
    char members[160];
    if (format == SEND_TEXT && !send->is_many) {
        print_text(result, send->builder.options.show_secrets);
        printf("  after %.3f ms%s%s\n", request->answered_ms, stage != NULL ? ", " : "", stage != NULL ? stage : "");
        output_idle();
        return;
    }
    const size_t size = record_text(result, &send->builder.options, pretty, &record);
    if (size == 0)
        return;
    size_t used = (size_t)snprintf(members, sizeof members, "\"rtt_ms\"%s%.3f", colon, request->answered_ms);
    if (stage != NULL)
        used += (size_t)snprintf(members + used, sizeof members - used, "%s\"stage\"%s\"%s\"", next, colon, stage);
    if (is_guessed && send->takes_guesses)
        snprintf(members + used, sizeof members - used, "%s\"match\"%s\"guessed\"", next, colon);
    if (send->is_many) {
        keep_record(request, record, size, members);
        return;
    }
    write_record(stdout, record, size, pretty, members);
    putchar('\n');
    output_idle();
}

void send_keep_sent(struct send *send, struct send_request *request) {
    struct zjiot_deviation deviations[16];
    struct zjiot_report report = {.items = deviations, .capacity = sizeof deviations / sizeof deviations[0]};
    struct zjiot_message message;
    const char *record;
    if (!build_decode(&send->builder, send->builder.options.layout, &message, &report, NULL))
        return;
    const struct result result = {.topic = send->builder.plain.topic,
                                  .protocol = message.protocol,
                                  .message = &message,
                                  .report = &report,
                                  .bytes = send->builder.plain.bytes,
                                  .size = send->builder.plain.size};
    const bool pretty = format_of(send) == SEND_JSON && !send->is_many;
    const size_t size = record_text(&result, &send->builder.options, pretty, &record);
    if (size > 0)
        keep_record(request, record, size, NULL);
}

/* --- Outcomes --- */

#define NO_REPLY "none is defined: the broker has the command, no more can be known"

/* What was sent, where nothing comes back. */
static void print_sent(const struct send *send, const struct send_request *request) {
    const enum send_format format = format_of(send);
    char members[160];
    if (format == SEND_TEXT) {
        printf("%s: published after %.3f ms; reply: %s\n", request->device, request->confirmed_ms, NO_REPLY);
        return;
    }
    snprintf(members, sizeof members,
             format == SEND_JSON ? "\"rtt_ms\": %.3f,\n  \"reply\": \"%s\"" : "\"rtt_ms\":%.3f,\"reply\":\"%s\"",
             request->confirmed_ms, NO_REPLY);
    if (request->records != NULL)
        write_record(stdout, request->records, request->records_size, format == SEND_JSON, members);
    putchar('\n');
}

static void print_one(const struct send *send, const struct send_request *request, int code, const char *why) {
    if (code == EXIT_OK && !send->row->has_answers)
        print_sent(send, request);
    if (code == EXIT_FAILED)
        complain("%s answered with a failure: %s", send->row->who, why);
    else if (code == EXIT_REFUSED || code == EXIT_UNSENT)
        complain("%s; nothing was executed", why);
    else if (code != EXIT_OK)
        complain("%s", why);
}

static void print_many(const struct send *send, const struct send_request *request, int code, const char *why) {
    const enum send_format format = format_of(send);
    const char *next = format == SEND_JSON ? ",\n  " : ",", *colon = format == SEND_JSON ? ": " : ":";
    const double ms = send->row->has_answers ? request->answered_ms : request->confirmed_ms;
    if (format == SEND_TEXT) {
        printf("%s  %-8s  ", request->device, outcome_name(code));
        if (code == EXIT_OK)
            printf("%.3f ms", ms);
        else
            put_plain(why);
        putchar('\n');
        return;
    }
    printf("{%s\"device\"%s", format == SEND_JSON ? "\n  " : "", colon);
    put_json_text(request->device);
    printf("%s\"outcome\"%s\"%s\"%s\"exit\"%s%d", next, colon, outcome_name(code), next, colon, code);
    if (ms > 0)
        printf("%s\"rtt_ms\"%s%.3f", next, colon, ms);
    if (code != EXIT_OK) {
        printf("%s\"error\"%s", next, colon);
        put_json_text(why);
    }
    if (!send->row->has_answers)
        printf("%s\"reply\"%s\"%s\"", next, colon, NO_REPLY);
    printf("%s\"%s\"%s[%s]%s\n", next, send->row->has_answers ? "replies" : "sent", colon,
           request->records != NULL ? request->records : "", format == SEND_JSON ? "\n}" : "}");
}

void send_print_outcome(struct send *send, const struct send_request *request, int code, const char *why) {
    if (send->is_many)
        print_many(send, request, code, why);
    else
        print_one(send, request, code, why);
    output_idle();
}

int send_explain_timeout(const struct send *send, const struct send_request *request, char *why, size_t size) {
    const double waited = (double)(mqtt_now() - request->sent) / 1000;
    if (request->is_lost) {
        snprintf(why, size, "%s; it may have been executed", request->why);
    } else if (request->unconfirmed > 0) {
        snprintf(why, size, "the broker did not confirm the command in %.1f s; it may have been executed", waited);
    } else if (request->answers == 0 && send->unreadable > 0 && send->row->has_own_topics && !send->is_many) {
        snprintf(why, size, "what %s sent within %.1f s cannot be read: %s; the command may have been executed",
                 send->row->who, waited, send->unreadable_why);
        return EXIT_PEER;
    } else if (request->answers > 0 && request->awaited == ZJIOT_TRACK_MANY) {
        snprintf(why, size, "%u answers came within %.1f s, the last of them just now; more may follow",
                 request->answers, waited);
    } else if (request->answers > 0) {
        snprintf(why, size, "%u of %u answers came within %.1f s; the rest may have been executed, too",
                 request->answers, request->awaited, waited);
    } else if (request->is_accepted) {
        snprintf(why, size,
                 "accepted, not confirmed: %s took the command after %.0f ms, "
                 "but %s answer did not come within %.1f s; it may have been executed",
                 send->row->who, request->answered_ms, send->row->whose, waited);
    } else {
        snprintf(why, size,
                 "no answer from %s within %.1f s: the broker has the command, "
                 "but %s is offline, slow, or not at this broker; it may have been executed",
                 request->device, waited, send->row->who);
    }
    return EXIT_TIMEOUT;
}

void send_sum_up(const struct send *send) {
    char text[256];
    size_t used = 0;
    for (int code = EXIT_OK; code < EXIT_PARTLY; code++) {
        if (send->outcomes[code] > 0)
            used += (size_t)snprintf(text + used, sizeof text - used, "%s%zu %s", used > 0 ? ", " : "",
                                     send->outcomes[code], outcome_name(code));
    }
    if (send->is_many)
        complain("%zu devices: %s", send->device_count, text);
}

/* What became of each that is not done. No more than lines: the process is about to end. */
static void print_interrupted(const struct send *send) {
    for (size_t i = 0; send->requests != NULL && i < send->concurrency; i++) {
        const struct send_request *request = &send->requests[i];
        if (request->device != NULL && !request->is_told)
            print_many(send, request, EXIT_TIMEOUT, "interrupted before the answer came; it may have been executed");
    }
    for (size_t i = send->next; i < send->device_count; i++) {
        const struct send_request unsent = {.device = send->devices[i]};
        print_many(send, &unsent, EXIT_UNSENT, "interrupted before it was asked; nothing was executed");
    }
}

void send_tell_interrupt(const struct send *send) {
    const size_t unsent = send->device_count - send->next;
    if (send->is_many && send->client != NULL)
        print_interrupted(send);
    if (send->is_many && send->client != NULL)
        complain("interrupted: %zu of %zu devices are done (%zu OK), "
                 "%zu are open and may have executed it, %zu were not asked",
                 send->done, send->device_count, send->outcomes[EXIT_OK], send->open, unsent);
    else if (send->open > 0)
        complain("interrupted %.1f s after the command was sent: it may have been executed",
                 (double)(mqtt_now() - send->requests[0].sent) / 1000);
    else if (unsent > 0)
        complain("interrupted before the command was sent: nothing was executed");
}
