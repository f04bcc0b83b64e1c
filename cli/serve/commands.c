/* Messages to modules, from the broker and from stdin: each is told when it is sent or not, and when it is answered. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mqtt/wire.h"
#include "output.h"
#include "serve/serve.h"

enum { LINE_MOST = 65536, TOPIC_MOST = 256, REMEMBER_MS = 60000 };

/* --- Outcomes --- */

static void release(struct serve *serve, struct serve_command *command) {
    if (command->connection != NULL) {
        TAILQ_REMOVE(&serve->commands, command, entry);
        command->connection->commands--;
    }
    free(command->id);
    free(command->topic);
    free(command->correlation);
    free(command);
}

/* To whom asked over MQTT. */
static void respond(struct serve *serve, const struct serve_command *command, const char *topic, const char *text,
                    size_t size) {
    const struct mqtt_message message = {
        .topic = topic,
        .payload = text,
        .size = size,
        .qos = 1,
        .correlation = command->correlation,
        .correlation_size = command->correlation_size,
    };
    if (mqtt_publish(serve->mqtt, &message, mqtt_now() + serve->settings.reply_ms) == 0)
        complain("the outcome of %s for %s was not published: too many messages wait for the broker", command->name,
                 command->imei);
}

/* The record of what became of it. Takes over `more`. */
static char *tell(struct serve *serve, const struct serve_command *command, json_t *more) {
    if (more == NULL)
        more = must(json_object());
    json_object_set_new(more, "command", json_string(command->name));
    if (command->id != NULL)
        json_object_set_new(more, "id", json_string(command->id));
    return records_event(serve, command->connection, command->imei, "command", more);
}

static void fail(struct serve *serve, struct serve_command *command, json_t *error) {
    char topic[TOPIC_MOST];
    char *record = tell(serve, command, error);
    snprintf(topic, sizeof topic, "%s/m4g/%s/failed/%s", serve->settings.base, command->imei, command->name);
    if (command->is_remote)
        respond(serve, command, command->topic != NULL ? command->topic : topic, record, strlen(record));
    free(record);
    release(serve, command);
}

struct serve_command *commands_answered(const struct zjiot_m4g_event *event) {
    const bool is_answer = event->match.verdict == ZJIOT_TRACK_EXACT || event->match.verdict == ZJIOT_TRACK_GUESSED;
    return is_answer ? (struct serve_command *)(uintptr_t)event->match.request.user : NULL;
}

void commands_finish(struct serve *serve, struct serve_command *command, const char *answer, size_t size) {
    if (command->topic != NULL)
        respond(serve, command, command->topic, answer, size);
    release(serve, command);
}

void commands_expire(struct serve *serve) {
    struct zjiot_track_state state;
    while (zjiot_track_expire(&serve->track, serve->now, &state) == 1)
        fail(serve, (struct serve_command *)(uintptr_t)state.user,
             records_error("MISSING", "no answer within %u ms: it may have been executed", serve->settings.reply_ms));
}

void commands_give_up(struct serve *serve, const struct serve_connection *connection, const char *why) {
    struct serve_command *command, *next;
    if (connection != NULL && connection->commands == 0)
        return;
    commands_expire(serve); /* what is overdue cannot be cancelled */
    for (command = TAILQ_FIRST(&serve->commands); command != NULL; command = next) {
        next = TAILQ_NEXT(command, entry);
        if (connection != NULL && command->connection != connection)
            continue;
        zjiot_track_cancel(&serve->track, serve->now, command->handle);
        fail(serve, command, records_error("MISSING", "%s", why));
    }
}

/* --- Sending --- */

/* Makes the message. NULL, or the error. */
static json_t *make_message(struct serve *serve, const struct serve_command *command, const char *payload, size_t size,
                            struct zjiot_m4g_message *ret_message) {
    const struct zjiot_options options = {.strict = true};
    const struct zjiot_record *record = zjiot_record_find(serve->protocol, command->name, ZJIOT_DOWN);
    struct zjiot_error error;
    if (record == NULL || record->direction != ZJIOT_DOWN || record->answers != ZJIOT_ANSWERS_ONE)
        return records_error("UNKNOWN", "'%.30s' is no command; there is info, version, update and query_msg",
                             command->name);
    *ret_message = (struct zjiot_m4g_message){.type = (enum zjiot_m4g_message_type)(record - serve->protocol->records)};
    if (size == 0)
        return NULL;
    const enum zjiot_m4g_message_type type = ret_message->type;
    zjiot_pool_reset(&serve->pool);
    if (zjiot_m4g_decode(NULL, payload, size, &options, &serve->pool, ret_message, NULL, NULL, &error) != 0)
        return records_error(zjiot_code_name(error.code), "%s", error.text);
    const char *imei = zjiot_m4g_imei(ret_message);
    if (ret_message->type != type)
        return records_error("CONST", "the message is %s, but %s was asked for",
                             serve->protocol->records[ret_message->type].name, command->name);
    if (imei != NULL && strcmp(imei, command->imei) != 0)
        return records_error("CONST", "the message is for %s, but %s was asked for", imei, command->imei);
    return NULL;
}

/* Owns the command from now on. */
static void run(struct serve *serve, struct serve_command *command, const char *payload, size_t size) {
    char bytes[ZJIOT_M4G_ANSWER_SIZE];
    struct zjiot_m4g_message message;
    struct zjiot_error error;
    serve_now(serve);
    json_t *wrong = make_message(serve, command, payload, size, &message);
    struct serve_connection *connection = modules_find(serve, command->imei);
    if (wrong == NULL && connection == NULL)
        wrong = records_error("UNKNOWN", "the module is not connected: nothing was sent");
    if (wrong != NULL) {
        fail(serve, command, wrong);
        return;
    }
    const int64_t length = zjiot_m4g_session_send(&connection->session, serve->now, &message, (uintptr_t)command, bytes,
                                                  sizeof bytes, &command->handle, &error);
    if (length < 0) {
        fail(serve, command, records_error(zjiot_code_name(error.code), "%s: nothing was sent", error.text));
        return;
    }
    command->connection = connection;
    connection->commands++;
    TAILQ_INSERT_TAIL(&serve->commands, command, entry);
    free(tell(serve, command, NULL));
    modules_send(connection, bytes, (size_t)length); /* when the module is gone, that tells it */
}

/* BASE/m4g/IMEI/down/COMMAND. False: it has another form. */
static bool read_topic(const struct serve *serve, const char *topic, struct serve_command *command) {
    static const char protocol[] = "/m4g/", direction[] = "/down/";
    const size_t base = strlen(serve->settings.base);
    if (strncmp(topic, serve->settings.base, base) != 0 || strncmp(topic + base, protocol, strlen(protocol)) != 0)
        return false;
    const char *imei = topic + base + strlen(protocol);
    const size_t size = strcspn(imei, "/");
    if (strncmp(imei + size, direction, strlen(direction)) != 0)
        return false;
    snprintf(command->imei, sizeof command->imei, "%.*s", (int)size, imei);
    snprintf(command->name, sizeof command->name, "%s", imei + size + strlen(direction));
    return true;
}

void commands_take(struct serve *serve, const struct mqtt_message *message) {
    struct serve_command *command = must(calloc(1, sizeof *command));
    command->is_remote = true;
    read_topic(serve, message->topic, command);
    if (message->response_topic != NULL)
        command->topic = must(strndup(message->response_topic, message->response_topic_size));
    if (message->correlation != NULL) {
        command->correlation = must(malloc(message->correlation_size + 1));
        command->correlation_size = message->correlation_size;
        memcpy(command->correlation, message->correlation, message->correlation_size);
    }
    if (wire_is_stale(message))
        fail(serve, command,
             records_error("EXTRA", "a retained message is a command of any age: nothing was sent; clear the topic"));
    else
        run(serve, command, message->payload, message->size);
}

/* --- stdin --- */

#define LINE_FORMS "a command is {\"imei\":\"...\",\"cmd\":\"info\"} or %s/m4g/<IMEI>/down/info"

/* {"imei":"...","cmd":"info","id":"..."} */
static void take_object(struct serve *serve, struct serve_command *command, const char *line, size_t size) {
    json_error_t error;
    const char *imei = NULL, *name = NULL, *id = NULL;
    json_t *object = json_loadb(line, size, JSON_REJECT_DUPLICATES, &error);
    const bool is_read = object != NULL && json_unpack_ex(object, &error, JSON_STRICT, "{ss,ss,s?s}", "imei", &imei,
                                                          "cmd", &name, "id", &id) == 0;
    if (is_read) {
        snprintf(command->imei, sizeof command->imei, "%s", imei);
        snprintf(command->name, sizeof command->name, "%s", name);
        command->id = id != NULL ? must(strdup(id)) : NULL;
        run(serve, command, NULL, 0);
    } else {
        fail(serve, command, records_error("SYNTAX", "stdin: %s; " LINE_FORMS, error.text, serve->settings.base));
    }
    json_decref(object);
}

static void take_line(struct serve *serve, char *line, size_t size) {
    while (size > 0 && strchr(" \t\r", line[size - 1]) != NULL)
        line[--size] = '\0';
    const size_t blanks = strspn(line, " \t");
    line += blanks;
    size -= blanks;
    if (size == 0)
        return;
    struct serve_command *command = must(calloc(1, sizeof *command));
    if (line[0] == '{') {
        take_object(serve, command, line, size);
        return;
    }
    const size_t topic = strcspn(line, " \t");
    const size_t payload = topic + strspn(line + topic, " \t");
    line[topic] = '\0';
    if (read_topic(serve, line, command))
        run(serve, command, line + payload, size - payload);
    else
        fail(serve, command,
             records_error("SYNTAX", "stdin: '%.60s' is no command; " LINE_FORMS, line, serve->settings.base));
}

static void take_lines(struct serve *serve) {
    size_t size;
    char *line;
    while ((line = evbuffer_readln(serve->input_bytes, &size, EVBUFFER_EOL_LF)) != NULL) {
        if (!serve->is_line_long)
            take_line(serve, line, size);
        serve->is_line_long = false;
        free(line);
    }
    if (evbuffer_get_length(serve->input_bytes) > LINE_MOST) {
        if (!serve->is_line_long)
            complain("stdin: a line is longer than %d bytes and is passed over", LINE_MOST);
        serve->is_line_long = true;
        evbuffer_drain(serve->input_bytes, evbuffer_get_length(serve->input_bytes));
    }
}

/* The end of stdin ends the commands, not the server. */
static void input_ready(evutil_socket_t descriptor, short what, void *context) {
    struct serve *serve = context;
    (void)what;
    const int count = evbuffer_read(serve->input_bytes, descriptor, LINE_MOST);
    if (count < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (count > 0) {
        take_lines(serve);
        if (!event_pending(serve->input, EV_READ, NULL))
            event_active(serve->input, EV_READ, 0);
        return;
    }
    evbuffer_add(serve->input_bytes, "\n", 1); /* the last line may have none */
    take_lines(serve);
    event_free(serve->input);
    serve->input = NULL;
}

int commands_open(struct serve *serve) {
    struct zjiot_track_config config = {
        .capacity = SERVE_COMMANDS,
        .key_size = ZJIOT_M4G_KEY_SIZE,
        .remember = REMEMBER_MS,
    };
    const size_t size = ZJIOT_TRACK_SIZE(SERVE_COMMANDS, ZJIOT_M4G_KEY_SIZE, 0);
    struct stat about;
    if (getrandom(config.seed, sizeof config.seed, 0) != (ssize_t)sizeof config.seed)
        return EXIT_INTERNAL;
    serve->track_memory = must(malloc(size));
    if (zjiot_track_init(&serve->track, &config, serve->track_memory, size, NULL) != 0)
        return EXIT_INTERNAL;
    serve->input_bytes = must(evbuffer_new());
    if (fstat(STDIN_FILENO, &about) != 0)
        return EXIT_OK;       /* closed */
    signal(SIGTTIN, SIG_IGN); /* in the background of a terminal: then there are no commands, and that is all */
    serve->input = must(event_new(serve->base, STDIN_FILENO, EV_READ | EV_PERSIST, input_ready, serve));
    if (S_ISFIFO(about.st_mode) || S_ISSOCK(about.st_mode) || isatty(STDIN_FILENO) == 1)
        event_add(serve->input, NULL);
    else
        event_active(serve->input, EV_READ, 0); /* a file is always ready */
    return EXIT_OK;
}

void commands_close(struct serve *serve) {
    if (serve->input != NULL)
        event_free(serve->input);
    if (serve->input_bytes != NULL)
        evbuffer_free(serve->input_bytes);
    free(serve->track_memory);
}
