#include "schema.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "output.h"
#include "values.h"

static const char dialect[] = "https://json-schema.org/draft/2020-12/schema";

/* What a schema is made for. */
struct maker {
    const struct zjiot_message *message; /* an empty one: what is set in it is fixed */
    const json_t *taken;                 /* values of header members that say another message: lists by key */
    bool zero_is_absent;                 /* zero and empty are legal whatever the range */
    bool is_answer;
};

static json_t *record_schema(const struct maker *maker, const struct zjiot_record *record, const void *fixed);

void schema_set(json_t *object, const char *key, json_t *value) {
    if (json_object_set_new(object, key, value) != 0)
        must(NULL);
}

void schema_set_text(json_t *object, const char *key, const char *text) {
    schema_set(object, key, json_string(text));
}

/* --- One field --- */

static void set_limits(json_t *schema, const struct zjiot_field *field) {
    if (field->min != INT64_MIN)
        schema_set(schema, "minimum", json_integer(field->min));
    if (field->max != INT64_MAX)
        schema_set(schema, "maximum", json_integer(field->max));
}

/* Each value of a set with its name and meaning. */
static void set_choices(json_t *schema, const struct zjiot_field *field) {
    json_t *choices = json_array();
    for (const struct zjiot_choice *choice = field->set; choice->name != NULL; choice++) {
        if (choice->tolerated)
            continue;
        json_t *item = json_object();
        if (field->kind == ZJIOT_NAMED) {
            schema_set_text(item, "const", choice->name);
        } else if (choice->low == choice->high) {
            schema_set(item, "const", json_integer(choice->low));
            schema_set_text(item, "title", choice->name);
        } else {
            schema_set(item, "minimum", json_integer(choice->low));
            schema_set(item, "maximum", json_integer(choice->high));
            schema_set_text(item, "title", choice->name);
        }
        schema_set_text(item, "description", choice->meaning);
        json_array_append_new(choices, item);
    }
    schema_set(schema, "oneOf", choices);
}

static void set_number(json_t *schema, const struct zjiot_field *field) {
    schema_set_text(schema, "type", field->kind == ZJIOT_REAL ? "number" : "integer");
    if (field->set != NULL && !(field->flags & ZJIOT_FIELD_MASK))
        set_choices(schema, field);
    else
        set_limits(schema, field);
}

static void set_text(json_t *schema, const struct zjiot_field *field) {
    static const char minutes[] = "^([01][0-9]|2[0-3]):[0-5][0-9]$";
    static const char minutes_and_end[] = "^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$";
    static const char days[] = "^((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|"
                               "02-(0[1-9]|[12][0-9]))$";
    char pattern[64];
    schema_set_text(schema, "type", "string");
    switch (field->kind) {
    case ZJIOT_NAMED:
        set_choices(schema, field);
        break;
    case ZJIOT_MINUTE:
        schema_set_text(schema, "pattern", field->max < 1440 ? minutes : minutes_and_end);
        break;
    case ZJIOT_MONTH_DAY:
        schema_set_text(schema, "pattern", days);
        break;
    case ZJIOT_STAMP:
        schema_set_text(schema, "pattern", "^(0|[1-9][0-9]{0,12})$");
        break;
    case ZJIOT_HEXNUM:
        snprintf(pattern, sizeof pattern, "^[0-9A-Fa-f]{%d}$", 2 * field->size);
        schema_set_text(schema, "pattern", pattern);
        break;
    default:
        if (field->kind == ZJIOT_TEXT && field->count > 0) {
            snprintf(pattern, sizeof pattern, "^[!\"$-*,-.0-~]{%d}$", field->count);
            schema_set_text(schema, "pattern", pattern);
        } else if (field->max != INT64_MAX) {
            schema_set(schema, "maxLength", json_integer(field->max));
        }
        break;
    }
}

static json_t *hex_schema(int64_t most) {
    json_t *schema = json_object();
    schema_set_text(schema, "type", "string");
    schema_set_text(schema, "pattern", "^([0-9A-Fa-f]{2})*$");
    if (most != INT64_MAX)
        schema_set(schema, "maxLength", json_integer(2 * most));
    return schema;
}

static json_t *pattern_schema(const char *pattern) {
    json_t *schema = json_object();
    schema_set_text(schema, "type", "string");
    schema_set_text(schema, "pattern", pattern);
    return schema;
}

/* Values that travel as texts, though they are none. */
static json_t *quoted_schema(const struct zjiot_field *field) {
    if (field->kind == ZJIOT_BOOL)
        return pattern_schema("^(true|false)$");
    return pattern_schema(field->kind == ZJIOT_REAL ? "^-?(0|[1-9][0-9]*)([.][0-9]+)?$"
                          : field->min >= 0         ? "^(0|[1-9][0-9]*)$"
                                                    : "^-?(0|[1-9][0-9]*)$");
}

static json_t *words_schema(const struct zjiot_field *field) {
    char pattern[64];
    snprintf(pattern, sizeof pattern, "^([0-9A-Fa-f]{4},){%" PRId64 "}[0-9A-Fa-f]{4}$", field->max - 1);
    return pattern_schema(pattern);
}

static json_t *listed_schema(const struct zjiot_field *field) {
    json_t *schema = json_object(), *item = json_object();
    set_number(item, field);
    schema_set_text(schema, "type", "array");
    schema_set(schema, "items", item);
    schema_set(schema, "minItems", json_integer(1));
    schema_set(schema, "maxItems", json_integer(1));
    return schema;
}

/* The rows whose values travel otherwise than most of their kind; NULL: another one. */
static json_t *form_schema(const struct zjiot_field *field) {
    char pattern[64];
    if (field->flags & ZJIOT_FIELD_QUOTED)
        return quoted_schema(field);
    if (field->flags & ZJIOT_FIELD_LISTED)
        return listed_schema(field);
    if (field->kind == ZJIOT_WORDS)
        return words_schema(field);
    if (field->kind == ZJIOT_CLOCK)
        return pattern_schema("^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01]) "
                              "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$");
    snprintf(pattern, sizeof pattern, "^[0-9]{%u}$", field->count);
    return field->flags & ZJIOT_FIELD_DIGITS ? pattern_schema(pattern) : NULL;
}

static json_t *value_schema(const struct maker *maker, const struct zjiot_field *field) {
    json_t *schema = field->kind == ZJIOT_BYTES ? hex_schema(field->max) : json_object();
    switch (field->kind) {
    case ZJIOT_BYTES:
        break;
    case ZJIOT_INT:
    case ZJIOT_REAL:
    case ZJIOT_TIME:
        set_number(schema, field);
        break;
    case ZJIOT_BOOL:
        schema_set_text(schema, "type", "boolean");
        break;
    case ZJIOT_HEX_LIST:
        schema_set_text(schema, "type", "array");
        schema_set(schema, "items", hex_schema(field->count));
        if (field->max != INT64_MAX)
            schema_set(schema, "maxItems", json_integer(field->max));
        break;
    case ZJIOT_LIST:
        schema_set_text(schema, "type", "array");
        schema_set(schema, "items", record_schema(maker, field->record, NULL));
        if (field->max != INT64_MAX)
            schema_set(schema, "maxItems", json_integer(field->max));
        break;
    default:
        set_text(schema, field);
        break;
    }
    return schema;
}

/* Whether the writer takes zero or empty in this field although its range does not. */
static bool allows_zero(const struct maker *maker, const struct zjiot_field *field, json_t **ret_zero) {
    const bool is_calendar = field->kind == ZJIOT_MINUTE || field->kind == ZJIOT_MONTH_DAY;
    const bool is_number = field->kind == ZJIOT_INT || field->kind == ZJIOT_REAL || field->kind == ZJIOT_TIME;
    if (!maker->zero_is_absent || (field->flags & ZJIOT_FIELD_MASK) || (!is_calendar && !is_number))
        return false;
    const bool in_set = is_number && field->set != NULL && zjiot_choice_find(field->set, 0) != NULL;
    const bool in_range = is_number && field->set == NULL && field->min <= 0 && field->max >= 0;
    if (in_set || in_range)
        return false;
    *ret_zero = is_calendar ? json_string("") : json_integer(0);
    return true;
}

/* Custom members of a schema are ignored by who does not know them. */
static json_t *field_schema(const struct maker *maker, const struct zjiot_field *field) {
    json_t *schema = form_schema(field), *zero;
    schema = schema != NULL ? schema : value_schema(maker, field);
    if (allows_zero(maker, field, &zero)) {
        json_t *either = json_object(), *absent = json_object(), *forms = json_array();
        schema_set(absent, "const", zero);
        schema_set_text(absent, "description", "No value.");
        json_array_append_new(forms, schema);
        json_array_append_new(forms, absent);
        schema_set(either, "anyOf", forms);
        schema = either;
    }
    schema_set_text(schema, "description", field->meaning);
    if (field->unit[0] != '\0')
        schema_set_text(schema, "x-unit", field->unit);
    if (field->flags & ZJIOT_FIELD_SECRET)
        schema_set(schema, "writeOnly", json_true());
    return schema;
}

/* --- Records --- */

static const struct zjiot_part *header_part(const struct zjiot_message *message, const struct zjiot_record *record) {
    for (size_t i = 0; i < message->header_count; i++) {
        if (message->headers[i].record == record)
            return &message->headers[i];
    }
    return NULL;
}

/* An object, or the one that the message decides. */
static json_t *part_schema(const struct maker *maker, const struct zjiot_field *field) {
    const bool is_body = field->flags & ZJIOT_FIELD_BODY;
    const struct zjiot_record *record = is_body ? maker->message->data.record : field->record;
    const struct zjiot_part *part = header_part(maker->message, record);
    json_t *schema = record_schema(maker, record, part != NULL ? part->value : NULL);
    schema_set_text(schema, "description", field->meaning);
    return schema;
}

static json_t *fixed_value(const struct zjiot_field *field, const void *value) {
    char text[256];
    const bool is_number = field->kind == ZJIOT_INT || field->kind == ZJIOT_TIME;
    zjiot_value_text(field, (const char *)value + field->offset, text, sizeof text);
    return is_number ? json_integer(strtoll(text, NULL, 10)) : json_string(text);
}

/* A value that an empty message has already is the only one. */
static json_t *fixed_schema(const struct zjiot_field *field, const void *value) {
    json_t *schema = json_object();
    schema_set(schema, "const", fixed_value(field, value));
    schema_set_text(schema, "description", field->meaning);
    return schema;
}

/* A member of a header that this message does not fix: what others fix is not its. */
static json_t *open_schema(const struct maker *maker, const struct zjiot_field *field) {
    json_t *schema = field_schema(maker, field), *values = json_object_get(maker->taken, field->key);
    if (values == NULL)
        return schema;
    json_t *other = json_object();
    schema_set(other, "enum", json_incref(values));
    schema_set(schema, "not", other);
    return schema;
}

/* The member that holds the name of the message. */
static json_t *selector_schema(const struct zjiot_record *record, const struct zjiot_field *field) {
    json_t *schema = json_object();
    schema_set_text(schema, "const", record->name);
    schema_set_text(schema, "description", field->meaning);
    return schema;
}

static json_t *record_schema(const struct maker *maker, const struct zjiot_record *record, const void *fixed) {
    json_t *schema = json_object(), *properties = json_object(), *required = json_array();
    uint64_t has = 0;
    if (fixed != NULL)
        memcpy(&has, fixed, sizeof has);
    schema_set_text(schema, "type", "object");
    const bool is_open = record->field_count == 1 && record->fields->kind == ZJIOT_MEMBERS; /* any members */
    for (unsigned i = 0; i < record->field_count; i++) {
        const struct zjiot_field *field = &record->fields[i];
        const bool is_part = field->kind == ZJIOT_RECORD || (field->flags & ZJIOT_FIELD_BODY);
        const bool is_selector = field->flags & ZJIOT_FIELD_HIDDEN;
        const bool is_of_answer = field->flags & ZJIOT_FIELD_ANSWER;
        if (field->wire != ZJIOT_WIRE_JSON || is_open ||
            (field->flags & (ZJIOT_FIELD_COMPUTED | ZJIOT_FIELD_DIALECT)) ||
            (is_of_answer && maker->message->direction == ZJIOT_DOWN)) /* is never written */
            continue;
        schema_set(properties, field->key,
                   is_selector     ? selector_schema(record, field)
                   : is_part       ? part_schema(maker, field)
                   : has >> i & 1  ? fixed_schema(field, fixed)
                   : fixed != NULL ? open_schema(maker, field)
                                   : field_schema(maker, field));
        if (!(field->flags & ZJIOT_FIELD_OPTIONAL) || (is_of_answer && maker->is_answer))
            json_array_append_new(required, json_string(field->key));
    }
    schema_set(schema, "properties", properties);
    if (json_array_size(required) > 0)
        schema_set(schema, "required", json_incref(required));
    json_decref(required);
    if (!is_open)
        schema_set(schema, "additionalProperties", json_false());
    return schema;
}

/* --- Documents --- */

void schema_key(const struct named *named, char *out, size_t size) {
    const char *variant = named->record->variant;
    snprintf(out, size, "%s%s%s%s%s", direction_name(named->direction), named->direction != ZJIOT_BOTH ? "." : "",
             named->name, variant[0] != '\0' ? "." : "", variant);
}

/* Adds to a list what it does not have. */
static void add_value(json_t *values, json_t *value) {
    const json_t *known;
    size_t i;
    json_array_foreach(values, i, known) {
        if (json_equal(known, value)) {
            json_decref(value);
            return;
        }
    }
    json_array_append_new(values, value);
}

static void take_values(json_t *taken, const struct zjiot_part *header) {
    uint64_t has;
    memcpy(&has, header->value, sizeof has);
    for (unsigned i = 0; i < header->record->field_count; i++) {
        const struct zjiot_field *field = &header->record->fields[i];
        if (!(has >> i & 1))
            continue;
        if (json_object_get(taken, field->key) == NULL)
            schema_set(taken, field->key, json_array());
        add_value(json_object_get(taken, field->key), fixed_value(field, header->value));
    }
}

/* What the headers of a protocol's empty messages have already. */
static json_t *taken_values(const struct zjiot_protocol *protocol) {
    const struct selection all = {.protocol = protocol, .direction = ZJIOT_BOTH};
    json_t *taken = json_object();
    struct named named;
    for (size_t at = 0; selection_next(&all, &at, &named);) {
        struct zjiot_message message;
        struct zjiot_pool *pool;
        if (!message_prepare(protocol, named.record, &message, &pool))
            must(NULL);
        for (size_t i = 0; i < message.header_count; i++)
            take_values(taken, &message.headers[i]);
    }
    return taken;
}

json_t *schema_make(const struct zjiot_protocol *protocol, const struct named *named) {
    const bool is_bare = protocol->envelope == NULL;
    json_t *taken = is_bare ? NULL : taken_values(protocol);
    struct zjiot_message message;
    struct zjiot_pool *pool;
    if (!message_prepare(protocol, named->record, &message, &pool)) {
        json_decref(taken);
        return NULL;
    }
    const bool is_up = named->direction == ZJIOT_UP;
    const struct zjiot_record *request = zjiot_record_find(protocol, named->name, ZJIOT_DOWN);
    const bool is_answer = is_up && request != NULL && request->direction == ZJIOT_DOWN;
    const struct maker maker = {&message, taken, protocol->zero_is_absent && is_up, is_answer};
    const struct zjiot_record *body = protocol->envelope != NULL ? protocol->envelope : named->record;
    json_t *schema = record_schema(&maker, body, is_bare ? message.data.value : NULL);
    json_decref(taken);
    char key[128];
    schema_key(named, key, sizeof key);
    schema_set_text(schema, "title", key);
    schema_set_text(schema, "description", named->meaning);
    return schema;
}

bool schema_suits(const struct selection *selection, const char *what) {
    if (selection->protocol == NULL)
        complain("-o %s is of one protocol; name it", what);
    else if (!selection->protocol->json)
        complain("-o %s: the messages of %s are no JSON", what, selection->protocol->name);
    else
        return true;
    return false;
}

int schema_put(json_t *document) {
    char *text = must(json_dumps(document, JSON_INDENT(2) | JSON_REAL_PRECISION(15)));
    puts(text);
    free(text);
    json_decref(document);
    return EXIT_OK;
}

/* A document of its own. */
static json_t *identify(json_t *schema, const struct zjiot_protocol *protocol, const char *key) {
    json_t *document = json_object();
    char id[192];
    snprintf(id, sizeof id, "urn:zjiot:%s%s%s", protocol->name, key[0] != '\0' ? ":" : "", key);
    schema_set_text(document, "$schema", dialect);
    schema_set_text(document, "$id", id);
    json_object_update(document, schema);
    json_decref(schema);
    return document;
}

/* Several messages: one of their schemas. */
static json_t *join(const struct selection *selection) {
    json_t *document = json_object(), *forms = json_array(), *schemas = json_object();
    struct named named;
    for (size_t i = 0; selection_next(selection, &i, &named);) {
        char key[128], reference[160];
        json_t *item = json_object();
        schema_key(&named, key, sizeof key);
        snprintf(reference, sizeof reference, "#/$defs/%s", key);
        schema_set(schemas, key, schema_make(selection->protocol, &named));
        schema_set_text(item, "$ref", reference);
        json_array_append_new(forms, item);
    }
    schema_set_text(document, "title", selection->name[0] != '\0' ? selection->name : selection->protocol->title);
    schema_set(document, "anyOf", forms);
    schema_set(document, "$defs", schemas);
    return document;
}

int schema_print(const struct selection *selection) {
    struct named named, only;
    size_t count = 0;
    char key[128];
    if (!schema_suits(selection, "json-schema"))
        return EXIT_USAGE;
    for (size_t i = 0; selection_next(selection, &i, &named); count++)
        only = named;
    if (count != 1)
        return schema_put(identify(join(selection), selection->protocol, selection->name));
    schema_key(&only, key, sizeof key);
    return schema_put(identify(must(schema_make(selection->protocol, &only)), selection->protocol, key));
}
