/* However a JSON text is laid out, the same is read: indented evenly by any number of blanks, almost evenly, and with
 * any blanks anywhere. */
#include <stdlib.h>
#include <string.h>

#include "json_texts.h"
#include "vectors.h"
#include "zjiot/jansson.h"
#include "zjiot/zjiot.h"

enum { DEEPEST = 24, ODD_LAYOUTS = 12 };

static struct text laid_out;

/* What was read, without what says where. NULL: it could not be. */
static json_t *read_text(const struct zjiot_protocol *protocol, const char *topic, const char *text, size_t size) {
    const struct zjiot_input input = {topic[0] != '\0' ? topic : NULL, (const uint8_t *)text, size};
    struct zjiot_report report = {NULL, 0, 0};
    struct zjiot_message message;
    if (zjiot_decode(protocol, &input, NULL, fresh_pool(), &message, &report, NULL, NULL) != 0)
        return NULL;
    const struct zjiot_outcome outcome = {.message = &message, .input = input};
    json_t *tree = zjiot_to_jansson(&outcome, NULL, NULL);
    json_object_del(tree, "raw");
    json_object_set_new(tree, "count", json_integer((json_int_t)report.count));
    return tree;
}

/* The end of a line and the blanks of that depth; now and then other ones. */
static void put_line(size_t depth, size_t indent, bool is_even) {
    static const char *const others[] = {"", " ", "\n", "\r\n", "\t", "\n\t", "\n\n", " \n"};
    const size_t blanks = depth * indent;
    if (!is_even && pick(6) == 0) {
        PUT_ONE_OF(&laid_out, others);
        return;
    }
    put(&laid_out, "\n");
    for (size_t i = !is_even && pick(8) == 0 ? pick(2 * blanks + 2) : blanks; i > 0; i--)
        put(&laid_out, " ");
}

/* The compact text with a line for each member. */
static void lay_out(const char *text, size_t indent, bool is_even) {
    size_t depth = 0;
    laid_out.size = 0;
    for (bool in_string = false; *text != '\0'; text++) {
        const bool is_end = !in_string && (*text == '}' || *text == ']');
        depth -= is_end;
        if (is_end)
            put_line(depth, indent, is_even);
        put_bytes(&laid_out, text, 1);
        if (in_string && *text == '\\')
            put_bytes(&laid_out, ++text, 1);
        else if (*text == '"')
            in_string = !in_string;
        if (in_string)
            continue;
        depth += *text == '{' || *text == '[';
        if (*text == '{' || *text == '[' || *text == ',')
            put_line(depth, indent, is_even);
        else if (*text == ':')
            put(&laid_out, is_even || pick(4) > 0 ? " " : "");
    }
}

static void check_same(const struct zjiot_protocol *protocol, const char *topic, const json_t *wanted) {
    char *exact = malloc(laid_out.size); /* of that size, so that a sanitizer sees who reads on */
    assert_non_null(exact);
    memcpy(exact, laid_out.bytes, laid_out.size);
    json_t *found = read_text(protocol, topic, exact, laid_out.size);
    if (!json_equal(found, wanted))
        print_error("%.*s\n", (int)laid_out.size, laid_out.bytes);
    assert_true(json_equal(found, wanted));
    json_decref(found);
    free(exact);
}

/* Returns whether the line has a text that can be read. */
static bool check_line(const struct zjiot_protocol *protocol, const json_t *line) {
    const char *topic = vector_text(line, "topic");
    json_t *tree = json_loads(vector_text(line, "payload"), 0, NULL);
    char *compact = json_dumps(tree, JSON_COMPACT | JSON_REAL_PRECISION(15));
    json_t *wanted = compact != NULL ? read_text(protocol, topic, compact, strlen(compact)) : NULL;
    for (size_t indent = 0; wanted != NULL && indent <= DEEPEST; indent++) {
        lay_out(compact, indent, true);
        check_same(protocol, topic, wanted);
    }
    for (size_t i = 0; wanted != NULL && i < ODD_LAYOUTS; i++) {
        lay_out(compact, pick(6), false);
        check_same(protocol, topic, wanted);
    }
    const bool is_read = wanted != NULL;
    json_decref(wanted);
    free(compact);
    json_decref(tree);
    return is_read;
}

static void the_same_is_read(void **state) {
    (void)state;
    static const struct {
        const char *name, *protocol;
        size_t least; /* lines that can be read */
    } files[] = {
        {"zhenjiang/examples.jsonl", "zhenjiang", 57},
        {"hy/messages.jsonl", "hy", 28},
        {"m4g/messages.jsonl", "4g", 41},
        {"byd/messages.jsonl", "byd", 6},
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        const struct zjiot_protocol *protocol = zjiot_protocol_find(files[i].protocol);
        json_t *lines = vectors_read(files[i].name);
        size_t count = 0;
        assert_non_null(protocol);
        assert_non_null(lines);
        for (size_t j = 0; j < json_array_size(lines); j++)
            count += check_line(protocol, json_array_get(lines, j));
        assert_true(count >= files[i].least);
        json_decref(lines);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_same_is_read)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
