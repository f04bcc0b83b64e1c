/* Records on stdout: written as far as the reader takes them, and never waited for. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "output.h"
#include "serve/serve.h"

#define MEMBER(type, name, offset_of, flag)                                                                            \
    { .key = name, .unit = "", .kind = ZJIOT_##type, .offset = offsetof(struct serve_origin, offset_of), .flags = flag }
static const struct zjiot_field origin_fields[] = {
    MEMBER(TEXT, "imei", imei, 0),   MEMBER(TEXT, "peer", peer, 0), MEMBER(TEXT, "time", time, 0),
    MEMBER(TEXT, "match", match, 0), MEMBER(TEXT, "id", id, 0),     MEMBER(INT, "rtt_ms", rtt_ms, 0),
};
#undef MEMBER
enum { HAS_IMEI = 1, HAS_PEER = 2, HAS_TIME = 4, HAS_MATCH = 8, HAS_ID = 16, HAS_RTT = 32 };

static const struct zjiot_record origin_rows = {
    .name = "",
    .variant = "",
    .fields = origin_fields,
    .field_count = sizeof origin_fields / sizeof origin_fields[0],
    .struct_size = sizeof(struct serve_origin),
};

/* "2026-01-01T00:00:00.000Z"; asked for once in a round of the loop. */
static const char *clock_text(struct serve *serve) {
    struct timespec now;
    struct tm parts;
    if (serve->is_clock)
        return serve->clock_text;
    serve->is_clock = true;
    clock_gettime(CLOCK_REALTIME, &now);
    if (now.tv_sec != serve->clock_second && gmtime_r(&now.tv_sec, &parts) != NULL) {
        strftime(serve->clock_text, sizeof serve->clock_text, "%Y-%m-%dT%H:%M:%S", &parts);
        serve->clock_second = now.tv_sec;
    }
    const unsigned ms = (unsigned)(now.tv_nsec / 1000000);
    char *fraction = serve->clock_text + strlen("2026-01-01T00:00:00");
    fraction[0] = '.';
    fraction[1] = (char)('0' + ms / 100);
    fraction[2] = (char)('0' + ms / 10 % 10);
    fraction[3] = (char)('0' + ms % 10);
    fraction[4] = 'Z';
    fraction[5] = '\0';
    return serve->clock_text;
}

/* --- Writing --- */

/* The reader has gone, which is no error, or there is no room on the disk. */
void records_lost(struct serve *serve, int error) {
    serve->is_output_lost = true;
    evbuffer_drain(serve->output, evbuffer_get_length(serve->output));
    serve->output_begun = serve->output_ended;
    if (error != EPIPE)
        complain("cannot write to stdout: %s", strerror(error));
    serve_stop(serve, error == EPIPE ? EXIT_OK : EXIT_INTERNAL);
}

/* False: nothing more goes now. */
static bool write_some(struct serve *serve, size_t most) {
    const int count = evbuffer_write_atmost(serve->output, serve->output_descriptor, (ev_ssize_t)most);
    if (count > 0)
        serve->output_begun += (uint64_t)count;
    else if (errno != EAGAIN && errno != EINTR)
        records_lost(serve, errno);
    return count > 0;
}

void records_write(struct serve *serve) {
    while (!serve->is_output_shared && evbuffer_get_length(serve->output) > 0 && write_some(serve, INT_MAX)) {
    }
    if (serve->output_event != NULL && evbuffer_get_length(serve->output) > 0)
        event_add(serve->output_event, NULL);
}

/* Where a descriptor is said to take something, it takes PIPE_BUF bytes without waiting. */
static void output_ready(evutil_socket_t descriptor, short what, void *context) {
    struct serve *serve = context;
    (void)descriptor;
    (void)what;
    if (serve->is_output_shared)
        write_some(serve, PIPE_BUF);
    records_write(serve);
}

/* A pipe is opened once more, so that it does not wait: who shares ours would be surprised. Terminals and sockets are
 * written to step by step. The rest, files and devices, never waits. */
void records_open(struct serve *serve) {
    struct stat about = {0};
    serve->output = must(evbuffer_new());
    serve->output_descriptor = STDOUT_FILENO;
    fstat(STDOUT_FILENO, &about);
    const bool is_pipe = S_ISFIFO(about.st_mode);
    if (!is_pipe && !S_ISSOCK(about.st_mode) && isatty(STDOUT_FILENO) != 1)
        return;
    const int own = is_pipe ? open("/proc/self/fd/1", O_WRONLY | O_NONBLOCK | O_CLOEXEC) : -1;
    serve->is_output_shared = own < 0;
    if (own >= 0)
        serve->output_descriptor = own;
    serve->output_event = must(event_new(serve->base, serve->output_descriptor, EV_WRITE, output_ready, serve));
}

void records_close(struct serve *serve) {
    if (serve->output_event != NULL)
        event_free(serve->output_event);
    if (serve->output_descriptor != STDOUT_FILENO)
        close(serve->output_descriptor);
    evbuffer_free(serve->output);
}

bool records_are_full(const struct serve *serve) {
    return serve->output_ended - serve->output_begun > SERVE_OUTPUT_BYTES;
}

/* --- Records --- */

static void append(struct serve *serve, const char *text, size_t size) {
    if (serve->is_output_lost)
        return;
    if (evbuffer_add(serve->output, text, size) != 0 || evbuffer_add(serve->output, "\n", 1) != 0)
        must(NULL);
    serve->output_ended += size + 1;
}

static struct serve_origin origin_of(struct serve_connection *connection) {
    struct serve_origin origin = {
        .has = HAS_PEER | HAS_TIME,
        .imei = connection->session.imei,
        .peer = connection->peer,
        .time = clock_text(connection->serve),
    };
    if (origin.imei[0] != '\0')
        origin.has |= HAS_IMEI;
    return origin;
}

static void add_match(struct serve *serve, struct serve_origin *origin, const struct zjiot_track_match *match,
                      const struct serve_command *command) {
    static const char *const names[] = {
        [ZJIOT_TRACK_FOREIGN] = "foreign", [ZJIOT_TRACK_EXACT] = "exact",         [ZJIOT_TRACK_GUESSED] = "guessed",
        [ZJIOT_TRACK_LATE] = "late",       [ZJIOT_TRACK_DUPLICATE] = "duplicate",
    };
    origin->match = names[match->verdict];
    origin->has |= HAS_MATCH;
    if (match->verdict != ZJIOT_TRACK_FOREIGN) {
        origin->rtt_ms = (int64_t)(serve->now - match->request.opened);
        origin->has |= HAS_RTT;
    }
    if (command != NULL && command->id != NULL) {
        origin->id = command->id;
        origin->has |= HAS_ID;
    }
}

static void write_record(struct serve *serve, const struct zjiot_outcome *outcome) {
    const struct zjiot_options options = {.word_values = serve->settings.word_values};
    struct zjiot_error error = {.need = 2 * outcome->input.size + 1024};
    struct evbuffer_iovec room;
    int64_t size;
    if (serve->is_output_lost)
        return;
    do {
        if (evbuffer_reserve_space(serve->output, (ev_ssize_t)error.need, &room, 1) != 1)
            must(NULL);
        size = zjiot_record_write(outcome, &options, false, room.iov_base, error.need, &error);
    } while (size < 0);
    ((char *)room.iov_base)[size] = '\n'; /* in place of the NUL */
    room.iov_len = (size_t)size + 1;
    evbuffer_commit_space(serve->output, &room, 1);
    serve->output_ended += room.iov_len;
}

void records_message(struct serve_connection *connection, const struct zjiot_m4g_event *event, const char *bytes,
                     const struct zjiot_report *report, const struct serve_command *command) {
    struct serve *serve = connection->serve;
    const bool is_message = event->kind == ZJIOT_M4G_MESSAGE;
    struct serve_origin origin = origin_of(connection);
    struct zjiot_message message;
    struct zjiot_outcome outcome = {
        .protocol = serve->protocol,
        .report = report,
        .input = {NULL, (const uint8_t *)bytes, event->size},
        .origin = {&origin_rows, &origin},
    };
    if (is_message) {
        const struct zjiot_record *record = &serve->protocol->records[event->message.type];
        message = (struct zjiot_message){
            .protocol = serve->protocol,
            .name = record->name,
            .direction = (enum zjiot_direction)record->direction,
            .data = {record, (void *)(uintptr_t)&event->message.data},
        };
        outcome.message = &message;
        if (record->direction == ZJIOT_UP && record->answers == ZJIOT_ANSWERS_NONE)
            add_match(serve, &origin, &event->match, command);
    } else {
        outcome.error = &event->error;
    }
    write_record(serve, &outcome);
}

json_t *records_error(const char *code, const char *format, ...) {
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return must(json_pack("{s{ssss}}", "error", "code", code, "text", text));
}

char *records_event(struct serve *serve, const struct serve_connection *connection, const char *imei, const char *name,
                    json_t *more) {
    json_t *header = must(json_object());
    if (imei == NULL && connection != NULL)
        imei = connection->session.imei;
    if (imei != NULL && imei[0] != '\0')
        json_object_set_new(header, "imei", json_string(imei));
    if (connection != NULL)
        json_object_set_new(header, "peer", json_string(connection->peer));
    json_object_set_new(header, "time", json_string(clock_text(serve)));
    json_t *record = must(json_pack("{sssssbso}", "protocol", serve->protocol->name, "event", name, "ok",
                                    json_object_get(more, "error") == NULL, "header", header));
    if (more != NULL)
        json_object_update(record, more);
    json_decref(more);
    char *text = must(json_dumps(record, JSON_COMPACT));
    json_decref(record);
    append(serve, text, strlen(text));
    return text;
}
