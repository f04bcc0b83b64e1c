#include <stdio.h>
#include <stdlib.h>

#include "build.h"
#include "commands.h"
#include "keys.h"
#include "output.h"
#include "reading.h"
#include "values.h"
#include "zjiot/hex.h"

enum format { FORMAT_AUTO, FORMAT_HEX, FORMAT_RAW, FORMAT_BASE64, FORMAT_JSON, FORMAT_LINE };

static int print_base64(const uint8_t *frame, size_t size) {
    size_t capacity = ZJIOT_BASE64_SIZE(size);
    char *text = must(malloc(capacity + 1));
    int64_t count = zjiot_base64_write(frame, size, text, capacity, NULL);
    printf("%.*s\n", (int)count, text);
    free(text);
    return EXIT_OK;
}

/* The record that decode would print. */
static int print_decoded(struct builder *builder, const struct zjiot_input *input) {
    struct zjiot_deviation deviations[16];
    struct zjiot_report report = {.items = deviations, .capacity = sizeof deviations / sizeof deviations[0]};
    struct zjiot_message message;
    if (!build_decode(builder, builder->options.layout, &message, &report, NULL))
        return EXIT_INTERNAL;
    if (keys_encrypt(&builder->message))
        *keys_format(&message) = *keys_format(&builder->message);
    const struct result result = {.topic = input->topic,
                                  .protocol = message.protocol,
                                  .message = &message,
                                  .report = &report,
                                  .bytes = input->bytes,
                                  .size = input->size};
    print_record(&result, &builder->options, true);
    return EXIT_OK;
}

static void put_frame(const struct builder *builder, const struct zjiot_input *input) {
    if (builder->message.protocol->json)
        fwrite(input->bytes, 1, input->size, stdout);
    else
        put_hex(input->bytes, input->size, "");
    putchar('\n');
}

static int print_frame(struct builder *builder, const struct invocation *invocation, const struct zjiot_input *input) {
    const enum format format = (enum format)invocation->choice[OPTION_OUTPUT];
    const bool says_topic = format == FORMAT_LINE || format == FORMAT_JSON;
    if (builder->message.protocol->json && input->topic != NULL && !says_topic)
        complain("topic %s", input->topic);
    switch (format) {
    case FORMAT_RAW:
        fwrite(input->bytes, 1, input->size, stdout);
        return EXIT_OK;
    case FORMAT_BASE64:
        return print_base64(input->bytes, input->size);
    case FORMAT_JSON:
        return print_decoded(builder, input);
    case FORMAT_HEX:
        put_hex(input->bytes, input->size, "");
        putchar('\n');
        return EXIT_OK;
    case FORMAT_LINE:
        if (input->topic != NULL)
            printf("%s ", input->topic);
        break;
    case FORMAT_AUTO:
        break;
    }
    put_frame(builder, input);
    return EXIT_OK;
}

int run_encode(const struct invocation *invocation) {
    struct builder builder;
    struct zjiot_input frame;
    int code = build_start(&builder, invocation);
    if (code == EXIT_OK)
        code = build_message(&builder, invocation);
    if (code == EXIT_OK)
        code = build_frame(&builder, invocation, &frame);
    if (code == EXIT_OK)
        code = print_frame(&builder, invocation, &frame);
    build_end(&builder);
    return code;
}
