#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "example.h"
#include "output.h"
#include "schema.h"
#include "values.h"

/* The document is written for the side that answers: the middleware, or the device. */

static json_t *reference(const char *folder, const char *key) {
    char text[256];
    json_t *object = json_object();
    snprintf(text, sizeof text, "#/%s/%s", folder, key);
    schema_set_text(object, "$ref", text);
    return object;
}

/* --- Messages --- */

static json_t *make_message(const struct zjiot_protocol *protocol, const struct named *named) {
    json_t *message = json_object(), *payload = schema_make(protocol, named);
    struct example example;
    schema_set_text(message, "name", named->name);
    schema_set_text(message, "title", named->full);
    schema_set_text(message, "summary", named->meaning);
    schema_set_text(message, "contentType", "application/json");
    schema_set(message, "payload", must(payload));
    if (!example_make(protocol, named->record, &example))
        return message;
    json_t *examples = json_array(), *item = json_object();
    schema_set(item, "payload", json_loadb((const char *)example.bytes, example.size, 0, NULL));
    json_array_append_new(examples, item);
    schema_set(message, "examples", examples);
    return message;
}

/* --- Channels --- */

static json_t *make_parameter(const struct zjiot_message *message, const char *key) {
    json_t *parameter = json_object();
    struct header_member member;
    if (!header_find(message, key, strlen(key), &member))
        return parameter;
    const struct zjiot_field *field = &member.record->fields[member.index];
    schema_set_text(parameter, "description", field->meaning);
    if (field->kind == ZJIOT_NAMED) {
        json_t *values = json_array();
        for (const struct zjiot_choice *choice = field->set; choice->name != NULL; choice++)
            json_array_append_new(values, json_string(choice->name));
        schema_set(parameter, "enum", values);
    }
    return parameter;
}

/* "down/{format}/{vendor}/setTimer/{device}": the command is the message's, the other parts are parameters. */
static json_t *make_address(const struct zjiot_message *message, const char *form, json_t *parameters) {
    char address[ZJIOT_TOPIC_SIZE] = "", key[64];
    size_t used = 0;
    while (*form != '\0' && used + sizeof key + 2 < sizeof address) {
        const bool is_part = *form == '<' || *form == '{';
        if (!is_part) {
            address[used++] = *form++;
            continue;
        }
        const size_t size = strcspn(++form, ">}");
        snprintf(key, sizeof key, "%.*s", (int)size, form);
        form += size + 1;
        if (strcmp(key, "command") == 0) {
            used += (size_t)snprintf(address + used, sizeof address - used, "%s", message->name);
            continue;
        }
        used += (size_t)snprintf(address + used, sizeof address - used, "{%s}", key);
        schema_set(parameters, key, make_parameter(message, key));
    }
    address[used] = '\0';
    return json_string(address);
}

/* Adds the messages of that name and direction; they share their channels. */
static json_t *make_messages(const struct zjiot_protocol *protocol, const struct named *named, const char *folder) {
    const struct selection all = {.protocol = protocol, .direction = named->direction};
    json_t *messages = json_object();
    struct named other;
    for (size_t i = 0; selection_next(&all, &i, &other);) {
        char key[128];
        schema_key(&other, key, sizeof key);
        if (strcmp(other.name, named->name) == 0)
            schema_set(messages, key, reference(folder, key));
    }
    return messages;
}

static json_t *make_channel(const struct zjiot_protocol *protocol, const struct named *named, const char *form) {
    json_t *channel = json_object(), *parameters = json_object();
    struct zjiot_message message;
    struct zjiot_pool *pool;
    if (!message_prepare(protocol, named->record, &message, &pool))
        must(NULL);
    schema_set(channel, "address", form != NULL ? make_address(&message, form, parameters) : json_null());
    schema_set_text(channel, "title", named->name);
    schema_set(channel, "messages", make_messages(protocol, named, "components/messages"));
    if (json_object_size(parameters) > 0)
        schema_set(channel, "parameters", json_incref(parameters));
    json_decref(parameters);
    return channel;
}

/* "down.setTimer"; of a further form of the topic "up.setTimer.2". */
static void channel_key(const struct named *named, unsigned number, char *out, size_t size) {
    snprintf(out, size, "%s.%s", direction_name(named->direction), named->name);
    const size_t used = strlen(out);
    if (number > 1)
        snprintf(out + used, size - used, ".%u", number);
}

/* Every channel of a message; without topics there is one, of no known address. Returns how many. */
static unsigned add_channels(json_t *channels, const struct zjiot_protocol *protocol, const struct named *named) {
    unsigned number = 0;
    char key[128];
    for (const struct zjiot_topic_form *form = protocol->topics; form != NULL && form->text != NULL; form++) {
        if (form->direction != named->direction)
            continue;
        channel_key(named, ++number, key, sizeof key);
        schema_set(channels, key, make_channel(protocol, named, form->text));
    }
    if (number > 0)
        return number;
    channel_key(named, 1, key, sizeof key);
    schema_set(channels, key, make_channel(protocol, named, NULL));
    return 1;
}

/* --- Operations --- */

/* Messages of a channel stand in operations by their place in it. */
static json_t *list_messages(const struct zjiot_protocol *protocol, const struct named *named, const char *channel) {
    char folder[192];
    snprintf(folder, sizeof folder, "channels/%s/messages", channel);
    json_t *messages = make_messages(protocol, named, folder), *list = json_array(), *message;
    const char *key;
    json_object_foreach(messages, key, message) json_array_append(list, message);
    json_decref(messages);
    return list;
}

static void add_reply(json_t *operation, const struct zjiot_protocol *protocol, const struct named *named) {
    const struct selection answers = {.protocol = protocol, .direction = ZJIOT_UP};
    struct named answer;
    char channel[128];
    for (size_t i = 0; selection_next(&answers, &i, &answer);) {
        if (strcmp(answer.name, named->name) != 0 || named->record->answers == ZJIOT_ANSWERS_NONE ||
            answer.direction != ZJIOT_UP)
            continue;
        json_t *reply = json_object();
        channel_key(&answer, 1, channel, sizeof channel);
        schema_set(reply, "channel", reference("channels", channel));
        schema_set(reply, "messages", list_messages(protocol, &answer, channel));
        schema_set(operation, "reply", reply);
        return;
    }
}

static void add_operations(json_t *operations, const struct zjiot_protocol *protocol, const struct named *named,
                           unsigned channels) {
    for (unsigned number = 1; number <= channels; number++) {
        json_t *operation = json_object();
        char key[128];
        channel_key(named, number, key, sizeof key);
        schema_set_text(operation, "action", named->direction == ZJIOT_DOWN ? "receive" : "send");
        schema_set(operation, "channel", reference("channels", key));
        schema_set_text(operation, "summary", named->meaning);
        schema_set(operation, "messages", list_messages(protocol, named, key));
        if (named->direction == ZJIOT_DOWN)
            add_reply(operation, protocol, named);
        schema_set(operations, key, operation);
    }
}

/* --- The document --- */

static json_t *make_info(const struct zjiot_protocol *protocol) {
    json_t *info = json_object();
    char text[8192] = "Seen from the side of the devices: it receives what goes down and sends what goes up.";
    size_t used = strlen(text);
    for (const char *const *note = protocol->notes; note != NULL && *note != NULL && used < sizeof text; note++)
        used += (size_t)snprintf(text + used, sizeof text - used, "\n\n%s", *note);
    schema_set_text(info, "title", protocol->title);
    schema_set_text(info, "version", "1.0.0");
    schema_set_text(info, "description", text);
    return info;
}

int asyncapi_print(const struct selection *selection) {
    const struct zjiot_protocol *protocol = selection->protocol;
    if (!schema_suits(selection, "asyncapi"))
        return EXIT_USAGE;
    if (selection->name[0] != '\0') {
        complain("-o asyncapi is the document of a whole protocol; leave the message out");
        return EXIT_USAGE;
    }
    json_t *document = json_object(), *channels = json_object(), *operations = json_object();
    json_t *components = json_object(), *messages = json_object();
    struct named named;
    for (size_t i = 0; selection_next(selection, &i, &named);) {
        char key[128];
        schema_key(&named, key, sizeof key);
        schema_set(messages, key, make_message(protocol, &named));
        channel_key(&named, 1, key, sizeof key);
        if (json_object_get(channels, key) == NULL)
            add_operations(operations, protocol, &named, add_channels(channels, protocol, &named));
    }
    schema_set_text(document, "asyncapi", "3.0.0");
    schema_set(document, "info", make_info(protocol));
    schema_set_text(document, "defaultContentType", "application/json");
    schema_set(document, "channels", channels);
    schema_set(document, "operations", operations);
    schema_set(components, "messages", messages);
    schema_set(document, "components", components);
    return schema_put(document);
}
