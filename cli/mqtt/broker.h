/* The settings of a connection to a broker: from the command line, the environment, a profile, or by default. */
#ifndef CLI_BROKER_H
#define CLI_BROKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "commands.h"
#include "mqtt/mqtt.h"

enum setting_source { SOURCE_DEFAULT, SOURCE_PROFILE, SOURCE_ENVIRONMENT, SOURCE_FLAG };

/* A setting as it was written. */
struct setting {
    enum option_id option;
    const char *environment; /* variable; NULL: none */
    const char *value;       /* NULL: not set */
    enum setting_source source;
};

enum { BROKER_SETTINGS_MOST = 16, BROKER_HOST_SIZE = 256 };

struct broker {
    struct mqtt_settings mqtt; /* points into this struct */
    unsigned timeout_ms;
    struct setting settings[BROKER_SETTINGS_MOST]; /* as many as broker_setting_count says */
    const char *profile;                           /* NULL: none was read */
    char file[4096];                               /* of the configuration, whether it exists or not */
    char host[BROKER_HOST_SIZE];
    char client_id[32];
    uint8_t *password;
    char *owned[BROKER_SETTINGS_MOST]; /* values from the profile */
};

size_t broker_setting_count(void);
const struct setting *broker_setting(const struct broker *broker, enum option_id option);

/* Collects and checks them. EXIT_OK; or EXIT_USAGE, or EXIT_CONFIG when it is not the command line that is wrong, after
 * an error on stderr. Asks for nothing and reads no password. */
int broker_read(const struct invocation *invocation, struct broker *ret_broker);

/* Reads the password, or asks for it; warns of --insecure. Then mqtt is complete. EXIT_OK or EXIT_CONFIG. */
int broker_unlock(struct broker *broker);

/* Wipes the password, frees the rest. After a broker_read that failed there is nothing to end. */
void broker_end(struct broker *broker);

/* "--user", "ZJIOT_USER", "profile lab" or "default". */
const char *setting_origin(const struct broker *broker, const struct setting *setting, char *out, size_t size);

#endif
