/* Ten thousand commands of send against a scripted peer in the place of the MQTT layer, in a time of its own: answers
 * that are reordered, doubled, late, retained, failed, without a number, for someone else, or with the number of
 * another device's command; acknowledgements that are lost; commands that are refused. Catches: an answer that is taken
 * for another's, one that is lost or counted twice, a stray that is not told. */
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "commands.h"
#include "mqtt/mqtt.h"
#include "zjiot/crypto.h"

enum { DEVICES = 10000, TIMEOUT_MS = 1000, TEXT = 512, QUEUE = 4096 };

const struct command commands[COMMAND_COUNT] = {[COMMAND_SEND] = {"send", "", "json jsonl text", "", "", run_send}};

/* --- The peer --- */

enum fate {
    ANSWERS,
    DOUBLES,
    FAILS,
    SILENT,
    LATE,
    STRANGER,
    RETAINED,
    SWAPPED,
    UNNUMBERED,
    UNCONFIRMED,
    REFUSED,
    FATES
};

/* What is to happen. */
struct planned {
    int64_t time;
    struct mqtt_event event;
    char topic[128], payload[TEXT];
    const char *note; /* that must stand on stderr for it; NULL: none */
};

static struct planned queue[QUEUE];
static size_t queued;
static struct planned current;
static int64_t now = 1000;
static uint64_t last_id;
static char last_serial[64] = "nobody's";
static size_t published[FATES];

enum { NOTE_LATE, NOTE_DUPLICATE, NOTE_FOREIGN, NOTE_RETAINED, NOTES };
static const char *const notes[NOTES] = {": late:", ": duplicate:", ": foreign:", ": retained:"};
static size_t delivered[NOTES];

/* Knuth's MMIX generator, the upper bits. */
static unsigned random_below(unsigned limit) {
    static uint64_t state = 42;
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(state >> 33) % limit;
}

static enum fate fate_of(unsigned number) {
    return (enum fate)(number * 7 % FATES);
}

static struct planned *plan(int64_t delay) {
    assert_true(queued < QUEUE);
    struct planned *item = &queue[queued++];
    memset(item, 0, sizeof *item);
    item->time = now + delay;
    return item;
}

static void plan_answer(int64_t delay, const char *device, const char *serial, int status, const char *detail,
                        const char *note) {
    struct planned *item = plan(delay);
    char number[128] = "";
    if (serial != NULL)
        snprintf(number, sizeof number, "\"serial_id\":\"%s\",", serial);
    snprintf(item->topic, sizeof item->topic, "up/json/01/getTimer/%s", device);
    const int size =
        snprintf(item->payload, sizeof item->payload,
                 "{\"context\":{\"dev_attr\":0,\"dev_id\":\"%s\",\"cmd\":\"getTimer\",\"unix_milli\":1722994330451,%s"
                 "\"status\":%d,\"detail\":\"%s %s\"},\"data\":{\"now\":1722994330}}",
                 device, number, status, detail, device);
    item->event = (struct mqtt_event){.kind = MQTT_MESSAGE, .message = {.size = (size_t)size, .qos = 1}};
    item->note = note;
}

static void plan_outcome(uint64_t id, enum fate fate) {
    struct planned *item = plan(1 + random_below(3));
    item->event = (struct mqtt_event){.kind = MQTT_PUBLISHED, .id = id};
    if (fate == UNCONFIRMED)
        item->event = (struct mqtt_event){.kind = MQTT_LOST, .id = id, .failure = {EXIT_TIMEOUT, "lost"}};
    if (fate == REFUSED)
        item->event = (struct mqtt_event){.kind = MQTT_REFUSED, .id = id, .failure = {EXIT_REFUSED, "refused"}};
}

/* What the device, and others, do with a command. */
static void plan_answers(enum fate fate, const char *device, const char *serial) {
    const int64_t delay = 10 + random_below(300);
    switch (fate) {
    case ANSWERS:
    case UNCONFIRMED:
        break;
    case DOUBLES:
        plan_answer(delay + random_below(100) + 1, device, serial, 1, "again", notes[NOTE_DUPLICATE]);
        break;
    case FAILS:
        plan_answer(delay, device, serial, 0, "right", NULL);
        return;
    case LATE:
        plan_answer(TIMEOUT_MS + 1 + random_below(300), device, serial, 1, "wrong", notes[NOTE_LATE]);
        return;
    case STRANGER:
        plan_answer(delay - 5, device, "stranger", 1, "wrong", notes[NOTE_FOREIGN]);
        break;
    case RETAINED:
        plan_answer(delay - 5, device, serial, 1, "wrong", notes[NOTE_RETAINED]);
        queue[queued - 1].event.message.is_retained = true;
        break;
    case SWAPPED:
        plan_answer(delay - 5, device, last_serial, 1, "wrong", notes[NOTE_FOREIGN]);
        break;
    case UNNUMBERED:
        plan_answer(delay - 5, device, NULL, 1, "wrong", notes[NOTE_FOREIGN]);
        break;
    case SILENT:
    case REFUSED:
    case FATES:
        return;
    }
    plan_answer(delay, device, serial, 1, "right", NULL);
}

/* --- In the place of the layer --- */

struct mqtt {
    char unused;
};

int64_t mqtt_now(void) {
    return now;
}

int mqtt_open(const struct mqtt_settings *settings, int64_t deadline, struct mqtt **ret_client,
              struct mqtt_failure *reterr_failure) {
    static struct mqtt client;
    (void)deadline, (void)reterr_failure;
    assert_int_equal(settings->filter_count, 2);
    assert_string_equal(settings->filters[0], "up/+/01/getTimer/+");
    *ret_client = &client;
    return EXIT_OK;
}

void mqtt_close(struct mqtt *client, int64_t deadline) {
    (void)client, (void)deadline;
}

uint64_t mqtt_publish(struct mqtt *client, const struct mqtt_message *message, int64_t deadline) {
    char device[32], serial[64];
    (void)client;
    assert_int_equal(sscanf(message->topic, "down/json/01/getTimer/%31s", device), 1);
    const char *at = strstr(message->payload, "\"serial_id\":\"");
    assert_non_null(at);
    assert_int_equal(sscanf(at, "\"serial_id\":\"%63[^\"]", serial), 1);
    assert_int_equal(deadline, now + TIMEOUT_MS);
    assert_int_equal(message->qos, 1);
    assert_false(message->is_retained);
    const enum fate fate = fate_of((unsigned)strtoul(device + 2, NULL, 10));
    published[fate]++;
    plan_outcome(++last_id, fate);
    plan_answers(fate, device, serial);
    memcpy(last_serial, serial, sizeof serial);
    return last_id;
}

bool mqtt_next(struct mqtt *client, int64_t deadline, struct mqtt_event *ret_event) {
    size_t first = 0;
    (void)client;
    for (size_t i = 1; i < queued; i++) {
        if (queue[i].time < queue[first].time)
            first = i;
    }
    if (queued == 0 || queue[first].time > deadline) {
        now = deadline > now ? deadline : now;
        return false;
    }
    current = queue[first];
    queue[first] = queue[--queued];
    now = current.time > now ? current.time : now;
    current.event.message.topic = current.topic;
    current.event.message.payload = current.payload;
    for (size_t i = 0; i < NOTES; i++)
        delivered[i] += current.note == notes[i];
    *ret_event = current.event;
    return true;
}

/* --- The run --- */

static size_t count_in(const char *text, const char *part) {
    size_t count = 0;
    for (; (text = strstr(text, part)) != NULL; text += strlen(part))
        count++;
    return count;
}

static char *read_all(FILE *file) {
    const long size = ftell(file);
    char *text = calloc(1, (size_t)size + 1);
    rewind(file);
    assert_int_equal(fread(text, 1, (size_t)size, file), size);
    return text;
}

/* Runs send with both outputs in files. */
static int run_quietly(const struct invocation *invocation, char **ret_out, char **ret_talk) {
    FILE *files[2] = {tmpfile(), tmpfile()};
    int saved[2];
    fflush(NULL);
    for (int i = 0; i < 2; i++) {
        saved[i] = dup(i + 1);
        dup2(fileno(files[i]), i + 1);
    }
    const int code = run_send(invocation);
    fflush(NULL);
    for (int i = 0; i < 2; i++) {
        dup2(saved[i], i + 1);
        close(saved[i]);
        fseek(files[i], 0, SEEK_END);
    }
    *ret_out = read_all(files[0]);
    *ret_talk = read_all(files[1]);
    fclose(files[0]);
    fclose(files[1]);
    return code;
}

/* One line of the output is what the device's fate demands. */
static void check_line(const json_t *line, bool *is_seen, size_t outcomes[FATES]) {
    const char *device = json_string_value(json_object_get(line, "device"));
    const json_t *replies = json_object_get(line, "replies");
    const unsigned number = (unsigned)strtoul(device + 2, NULL, 10);
    const enum fate fate = fate_of(number);
    char detail[64];
    assert_false(is_seen[number]);
    is_seen[number] = true;
    outcomes[fate]++;
    const enum exit_code expected = fate == FAILS                    ? EXIT_FAILED
                                    : fate == SILENT || fate == LATE ? EXIT_TIMEOUT
                                    : fate == REFUSED                ? EXIT_REFUSED
                                                                     : EXIT_OK;
    assert_int_equal(json_integer_value(json_object_get(line, "exit")), expected);
    const bool has_reply = expected == EXIT_OK || expected == EXIT_FAILED;
    assert_int_equal(json_array_size(replies), has_reply);
    if (!has_reply)
        return;
    const json_t *header = json_object_get(json_array_get(replies, 0), "header");
    snprintf(detail, sizeof detail, "right %s", device);
    assert_string_equal(json_string_value(json_object_get(header, "detail")), detail);
    assert_string_equal(json_string_value(json_object_get(header, "device")), device);
}

static void check_output(const char *out) {
    static bool is_seen[DEVICES + 1];
    size_t lines = 0, outcomes[FATES] = {0};
    for (const char *end; (end = strchr(out, '\n')) != NULL; out = end + 1, lines++) {
        json_t *line = json_loadb(out, (size_t)(end - out), 0, NULL);
        assert_non_null(line);
        check_line(line, is_seen, outcomes);
        json_decref(line);
    }
    assert_int_equal(lines, DEVICES);
    for (size_t i = 0; i < FATES; i++) {
        assert_true(outcomes[i] > DEVICES / FATES - 2);
        assert_int_equal(outcomes[i], published[i]);
    }
}

static void test_ten_thousand(void **state) {
    static char path[] = "/tmp/send-devices-XXXXXX", command[] = "getTimer";
    static char *operands[] = {command, NULL};
    static const struct zjiot_cipher no_keys;
    char *out, *talk;
    (void)state;
    FILE *file = fdopen(mkstemp(path), "w");
    for (unsigned i = 1; i <= DEVICES; i++)
        fprintf(file, "01%016u\n", i);
    fclose(file);
    setenv("XDG_CONFIG_HOME", "/nonexistent", 1);
    struct invocation invocation = {
        .command = &commands[COMMAND_SEND], .operands = operands, .operand_count = 1, .cipher = &no_keys};
    invocation.value[OPTION_DEVICE_FILE] = path;
    invocation.value[OPTION_TIMEOUT] = "1s";
    invocation.value[OPTION_CONCURRENCY] = "200";
    const int code = run_quietly(&invocation, &out, &talk);
    unlink(path);
    assert_int_equal(code, EXIT_PARTLY);
    check_output(out);
    for (size_t i = 0; i < NOTES; i++) {
        assert_true(delivered[i] > DEVICES / FATES / 2);
        assert_int_equal(count_in(talk, notes[i]), delivered[i]);
    }
    free(out);
    free(talk);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_ten_thousand)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
