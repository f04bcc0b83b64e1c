/* The settings for the broker, and which source won. */
#include <stdio.h>
#include <string.h>

#include "mqtt/broker.h"
#include "output.h"

enum { ORIGIN_SIZE = 128 };

static void print_setting(const struct broker *broker, const struct setting *setting) {
    char origin[ORIGIN_SIZE];
    const char *name = option_rows[setting->option].name, *value = setting->value;
    fputs(name, stdout);
    put_padding(text_columns(name, strlen(name)), 15);
    fputs(value != NULL ? value : "-", stdout);
    put_padding(value != NULL ? text_columns(value, strlen(value)) : 1, 33);
    printf(" %s\n", value != NULL ? setting_origin(broker, setting, origin, sizeof origin) : "");
}

static void print_text(const struct broker *broker) {
    printf("configuration  %s%s%s\n", broker->file, broker->profile != NULL ? ", profile " : ", no profile",
           broker->profile != NULL ? broker->profile : "");
    for (size_t i = 0; i < broker_setting_count(); i++)
        print_setting(broker, &broker->settings[i]);
}

static void print_json(const struct broker *broker) {
    fputs("{\"configuration\":", stdout);
    put_json_text(broker->file);
    fputs(",\"profile\":", stdout);
    if (broker->profile != NULL)
        put_json_text(broker->profile);
    else
        fputs("null", stdout);
    fputs(",\"settings\":[", stdout);
    for (size_t i = 0; i < broker_setting_count(); i++) {
        const struct setting *setting = &broker->settings[i];
        char origin[ORIGIN_SIZE];
        fputs(i > 0 ? ",{" : "{", stdout);
        put_json_member(true, "name", option_rows[setting->option].name);
        fputs(",\"value\":", stdout);
        if (setting->value != NULL)
            put_json_text(setting->value);
        else
            fputs("null", stdout);
        put_json_member(false, "source", setting_origin(broker, setting, origin, sizeof origin));
        putchar('}');
    }
    puts("]}");
}

int run_profile(const struct invocation *invocation) {
    enum { FORMAT_TEXT, FORMAT_JSON };
    struct broker broker;
    if (invocation->operand_count > 0) {
        complain("no argument is expected; a profile is chosen with --profile");
        return EXIT_USAGE;
    }
    const int code = broker_read(invocation, &broker);
    if (code != EXIT_OK)
        return code;
    if (invocation->choice[OPTION_OUTPUT] == FORMAT_JSON)
        print_json(&broker);
    else
        print_text(&broker);
    broker_end(&broker);
    return EXIT_OK;
}
