/* What is sent: to which devices, with which values, and where the answers come. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fields.h"
#include "keys.h"
#include "output.h"
#include "send/send.h"

enum { DEVICE_LINE_MOST = 1000 };

/* --- Devices --- */

static void add_device(struct send *send, const char *device) {
    if (send->device_count == send->device_room) {
        send->device_room = send->device_room > 0 ? 2 * send->device_room : 16;
        send->devices = must(realloc(send->devices, send->device_room * sizeof send->devices[0]));
    }
    send->devices[send->device_count++] = must(strdup(device));
}

/* Lines without the blanks around; empty ones and comments are passed over. */
static int read_lines(struct send *send, FILE *file, const char *path) {
    char *line = NULL;
    size_t room = 0, number = 0;
    ssize_t size;
    int code = EXIT_OK;
    while (code == EXIT_OK && (size = getline(&line, &room, file)) >= 0) {
        char *start = line + strspn(line, " \t\r\n");
        number++;
        for (char *end = line + size; end > start && strchr(" \t\r\n", end[-1]) != NULL;)
            *--end = '\0';
        if (*start == '\0' || *start == '#')
            continue;
        if (strlen(start) > DEVICE_LINE_MOST || strpbrk(start, " \t") != NULL) {
            complain("%s:%zu: '%.40s' is no device; there is one a line", path, number, start);
            code = EXIT_USAGE;
        } else {
            add_device(send, start);
        }
    }
    if (code == EXIT_OK && ferror(file)) {
        complain("%s: %s", path, strerror(errno));
        code = EXIT_USAGE;
    }
    free(line);
    return code;
}

static int read_device_file(struct send *send, const char *path) {
    const bool is_stdin = strcmp(path, "-") == 0;
    FILE *file = is_stdin ? stdin : fopen(path, "r");
    if (file == NULL) {
        complain("%s: %s", path, strerror(errno));
        return EXIT_USAGE;
    }
    const int code = read_lines(send, file, is_stdin ? "stdin" : path);
    if (!is_stdin)
        fclose(file);
    if (code == EXIT_OK && send->device_count == 0) {
        complain("%s: there is no device in it; one a line is expected", is_stdin ? "stdin" : path);
        return EXIT_USAGE;
    }
    return code;
}

int send_devices_read(struct send *send) {
    const char *device = send->invocation.value[OPTION_DEVICE], *file = send->invocation.value[OPTION_DEVICE_FILE];
    if (device != NULL && file != NULL) {
        complain("--device and --device-file are both given");
        return EXIT_USAGE;
    }
    if (file != NULL)
        return read_device_file(send, file);
    if (device == NULL) {
        complain("to which device? --device DEVICE, or --device-file FILE with one a line");
        return EXIT_USAGE;
    }
    add_device(send, device);
    return EXIT_OK;
}

/* --- Operands --- */

/* The protocol's name, as which_message wants it: said by --protocol, by the record of --data, or Zhenjiang. */
static const char *protocol_name(const struct send *send, const struct invocation *invocation) {
    if (invocation->value[OPTION_PROTOCOL] != NULL)
        return zjiot_protocols()[invocation->choice[OPTION_PROTOCOL]]->name;
    return send->builder.data.protocol != NULL ? send->builder.data.protocol : "zhenjiang";
}

int send_operands_make(struct send *send, const struct invocation *invocation) {
    static char device_operand[DEVICE_LINE_MOST + 64];
    const char *name = protocol_name(send, invocation);
    const struct zjiot_protocol *protocol = protocol_named(name);
    const bool is_named = invocation->operand_count > 0 && strchr(invocation->operands[0], '=') == NULL;
    const char *command = is_named ? invocation->operands[0] : send->builder.data.message;
    size_t count = 0;
    if (protocol == NULL || (send->row = send_protocol_find(protocol)) == NULL)
        return EXIT_USAGE;
    if (command == NULL) {
        complain("which COMMAND? zjiotctl describe %s lists them", protocol->name);
        return EXIT_USAGE;
    }
    char **operands = must(calloc(invocation->operand_count + 3 + SEND_OPERANDS_SPARE, sizeof operands[0]));
    operands[count++] = (char *)(uintptr_t)protocol->name;
    operands[count++] = (char *)(uintptr_t)command;
    for (size_t i = is_named; i < invocation->operand_count; i++)
        operands[count++] = invocation->operands[i];
    send->invocation.operands = operands;
    if (send->row->device_member != NULL) {
        send->device_operand = device_operand;
        send->invocation.value[OPTION_DEVICE] = NULL; /* no topic has it */
    }
    const int code = send->row->expand(send, operands, &count);
    if (send->device_operand != NULL)
        operands[count++] = send->device_operand;
    send->invocation.operand_count = count;
    return code;
}

/* --- Messages --- */

static size_t key_size(const struct zjiot_track_key *key) {
    return key->scope_size + key->command_size + key->id_size;
}

static int check_direction(const struct send *send) {
    const struct which *which = &send->builder.which;
    if (which->record->direction != ZJIOT_UP)
        return EXIT_OK;
    complain("%s comes from devices, it is not sent to them; zjiotctl describe %s says which are", which->name,
             which->protocol->name);
    return EXIT_USAGE;
}

/* Who cannot read the answer should not ask. */
static int check_keys(struct send *send) {
    const struct zjiot_cipher *cipher = send->invocation.cipher;
    if (!keys_encrypt(&send->builder.message) || (cipher->public_key != NULL && cipher->private_key != NULL))
        return EXIT_OK;
    complain("an encrypted request needs both keys: "
             "--public-key, the device's, and --private-key, ours, for the answer");
    return EXIT_CONFIG;
}

int send_build(struct send *send, const char *device, struct zjiot_track_request *ret_request, struct send_room *room) {
    struct zjiot_error error;
    if (send->device_operand != NULL)
        snprintf(send->device_operand, DEVICE_LINE_MOST + 64, "%s=%s", send->row->device_member, device);
    else
        send->invocation.value[OPTION_DEVICE] = device;
    int code = build_message(&send->builder, &send->invocation);
    if (code == EXIT_OK)
        code = check_direction(send);
    if (code == EXIT_OK)
        code = check_keys(send);
    if (code != EXIT_OK)
        return code;
    send->row->number(&send->builder.message, send->builder.pool);
    if (send->row->request(send, &send->builder.message, (uint64_t)mqtt_now(), room, ret_request, &error) != 0) {
        complain("%s", error.text);
        return EXIT_USAGE;
    }
    if (key_size(&ret_request->key) > SEND_KEY_SIZE) {
        complain("device and %s are longer than %d bytes together", send->row->id_member, SEND_KEY_SIZE);
        return EXIT_USAGE;
    }
    return EXIT_OK;
}

/* The topic to devices that names none: of NB, where the device may have been asked for without an envelope. */
static const char *plain_topic(const struct zjiot_protocol *protocol) {
    const struct zjiot_topic_form *form = protocol->topics;
    while (form->direction != ZJIOT_DOWN)
        form++;
    return form->text;
}

int send_part(struct send *send, size_t part, size_t parts, struct zjiot_input *ret_frame) {
    if (parts > 1)
        send->row->take_part(send, part);
    const int code = build_frame(&send->builder, &send->invocation, ret_frame);
    if (code == EXIT_OK && ret_frame->topic == NULL) {
        ret_frame->topic = plain_topic(send->builder.message.protocol);
        if (!send->builder.is_quiet)
            complain("note: an inner frame, where devices expect full ones (--uid, --pid and --nbid make one)");
    }
    return code;
}

/* --- Filters --- */

/* How much of the answers' topics the filters say: the less, the more messages of others come with them. */
enum width { WIDTH_DEVICE, WIDTH_VENDOR, WIDTH_COMMAND, WIDTH_COUNT };

static bool has_filter(const struct send *send, const char *text) {
    for (size_t i = 0; i < send->filter_count; i++) {
        if (strcmp(send->filters[i].text, text) == 0)
            return true;
    }
    return false;
}

/* Where the answers to the message at hand come. False: there is no room. */
static bool add_filters(struct send *send, const char *device, enum width width, int *ret_code) {
    struct wire_filter filters[WIRE_FILTERS_MOST];
    struct wire wire = {.protocol = send->builder.message.protocol, .direction = ZJIOT_UP};
    size_t count;
    send->row->narrow(send, &send->builder.message, &wire);
    wire.device = width == WIDTH_DEVICE ? device : NULL;
    wire.vendor = width <= WIDTH_VENDOR ? wire.vendor : NULL;
    if (!wire_filters(&wire, filters, &count)) {
        *ret_code = EXIT_USAGE;
        return true;
    }
    for (size_t i = 0; i < count; i++) {
        if (has_filter(send, filters[i].text))
            continue;
        if (send->filter_count == MQTT_FILTERS_MOST)
            return false;
        send->filters[send->filter_count++] = filters[i];
    }
    return true;
}

/* Writes the request as it will be sent, and throws it away. */
static int check_device(struct send *send, const char *device) {
    struct zjiot_track_request request;
    struct send_room room;
    struct zjiot_input frame;
    int code = send_build(send, device, &request, &room);
    const size_t parts = code == EXIT_OK ? send->row->split(send) : 1;
    if (parts == 0 || parts > MQTT_PUBLISHES_MOST)
        code = EXIT_USAGE;
    if (parts > 0 && send->concurrency > 1 && send->concurrency * parts > MQTT_PUBLISHES_MOST)
        send->concurrency = MQTT_PUBLISHES_MOST / parts > 0 ? MQTT_PUBLISHES_MOST / parts : 1;
    for (size_t i = 0; i < parts && code == EXIT_OK; i++)
        code = send_part(send, i, parts, &frame);
    if (code != EXIT_OK && send->is_many)
        complain("this is of device %s; nothing was sent to any", device);
    send->builder.is_quiet = true;
    return code;
}

int send_check_all(struct send *send) {
    int code = EXIT_OK;
    bool has_room = false;
    send->filters = must(malloc(MQTT_FILTERS_MOST * sizeof send->filters[0]));
    send->filter_texts = must(malloc(MQTT_FILTERS_MOST * sizeof send->filter_texts[0]));
    for (int width = WIDTH_DEVICE; width < WIDTH_COUNT && !has_room && code == EXIT_OK; width++) {
        has_room = true;
        send->filter_count = 0;
        for (size_t i = 0; i < send->device_count && code == EXIT_OK && has_room; i++) {
            code = check_device(send, send->devices[i]);
            if (code == EXIT_OK && send->row->has_answers)
                has_room = add_filters(send, send->devices[i], (enum width)width, &code);
        }
    }
    for (size_t i = 0; i < send->filter_count; i++)
        send->filter_texts[i] = send->filters[i].text;
    return code;
}

void send_requests_free(struct send *send) {
    for (size_t i = 0; i < send->device_count; i++)
        free(send->devices[i]);
    free(send->devices);
    free(send->filters);
    free(send->filter_texts);
    free(send->invocation.operands);
}
