#include "mqtt/broker.h"

#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "amount.h"
#include "output.h"
#include "suggest.h"

enum { PASSWORD_MOST = 65535, PORT_MQTT = 1883, PORT_MQTTS = 8883, KEEPALIVE_MOST = 65535, CLIENT_ID_MOST = 65535 };

/* The settings; each is named like its option, also in a profile. */
static const struct {
    enum option_id option;
    const char *environment;
    const char *initially;
} rows[] = {
    {OPTION_BROKER, "ZJIOT_BROKER", "mqtt://localhost"},
    {OPTION_USER, "ZJIOT_USER", NULL},
    {OPTION_PASSWORD_FILE, "ZJIOT_PASSWORD_FILE", NULL},
    {OPTION_PASSWORD_FD, NULL, NULL},
    {OPTION_CA, "ZJIOT_CA", NULL},
    {OPTION_CERT, "ZJIOT_CERT", NULL},
    {OPTION_KEY, "ZJIOT_KEY", NULL},
    {OPTION_INSECURE, "ZJIOT_INSECURE", "no"},
    {OPTION_MQTT_VERSION, "ZJIOT_MQTT_VERSION", "auto"},
    {OPTION_CLIENT_ID, "ZJIOT_CLIENT_ID", NULL},
    {OPTION_KEEPALIVE, "ZJIOT_KEEPALIVE", "30s"},
    {OPTION_TIMEOUT, "ZJIOT_TIMEOUT", "10s"},
};

enum { ROWS = sizeof rows / sizeof rows[0] };
_Static_assert(sizeof rows / sizeof rows[0] <= BROKER_SETTINGS_MOST, "room for every setting");

size_t broker_setting_count(void) {
    return ROWS;
}

const struct setting *broker_setting(const struct broker *broker, enum option_id option) {
    const struct setting *setting = broker->settings;
    while (setting->option != option)
        setting++;
    return setting;
}

static struct setting *setting_of(struct broker *broker, enum option_id option) {
    return (struct setting *)(uintptr_t)broker_setting(broker, option);
}

const char *setting_origin(const struct broker *broker, const struct setting *setting, char *out, size_t size) {
    switch (setting->source) {
    case SOURCE_FLAG:
        snprintf(out, size, "--%s", option_rows[setting->option].name);
        break;
    case SOURCE_ENVIRONMENT:
        snprintf(out, size, "%s", setting->environment);
        break;
    case SOURCE_PROFILE:
        snprintf(out, size, "profile %s", broker->profile);
        break;
    case SOURCE_DEFAULT:
        snprintf(out, size, "default");
        break;
    }
    return out;
}

/* Complains about a value; returns the exit code. */
static int wrong(const struct broker *broker, const struct setting *setting, const char *why) {
    char origin[128];
    setting_origin(broker, setting, origin, sizeof origin);
    if (setting->source == SOURCE_PROFILE)
        complain("%s: %s: %s: %s", broker->file, origin, option_rows[setting->option].name, why);
    else
        complain("%s: %s", origin, why);
    return setting->source == SOURCE_FLAG ? EXIT_USAGE : EXIT_CONFIG;
}

static void set(struct setting *setting, const char *value, enum setting_source source) {
    if (value != NULL && source >= setting->source) {
        setting->value = value;
        setting->source = source;
    }
}

/* What inih's handler knows. */
struct profile_reading {
    struct broker *broker;
    const char *wanted;
    bool is_found, is_wrong;
    char section[64]; /* the last one */
    char known[512];  /* all of them */
};

static void note_section(struct profile_reading *reading, const char *section) {
    const size_t used = strlen(reading->known);
    if (strcmp(reading->section, section) == 0)
        return;
    snprintf(reading->section, sizeof reading->section, "%s", section);
    snprintf(reading->known + used, sizeof reading->known - used, "%s%s", used > 0 ? ", " : "", section);
}

static void wrong_key(struct profile_reading *reading, const char *key) {
    struct suggestion suggestion;
    char hint[96];
    suggest_start(&suggestion, key);
    for (size_t i = 0; i < ROWS; i++)
        suggest_offer(&suggestion, option_rows[rows[i].option].name);
    if (strcmp(key, "password") == 0)
        complain("%s: profile %s: a password does not belong here; "
                 "put it into a file of its own and name it with password-file",
                 reading->broker->file, reading->wanted);
    else
        complain("%s: profile %s: unknown setting '%s'%s", reading->broker->file, reading->wanted, key,
                 suggest_text(&suggestion, hint, sizeof hint));
    reading->is_wrong = true;
}

/* A value of a profile, with ~/ at its start replaced. */
static char *profile_value(const char *value) {
    const char *home = getenv("HOME");
    if (strncmp(value, "~/", 2) != 0 || home == NULL)
        return must(strdup(value));
    const size_t size = strlen(home) + strlen(value);
    char *path = must(malloc(size));
    snprintf(path, size, "%s%s", home, value + 1);
    return path;
}

static int take_profile_line(void *context, const char *section, const char *key, const char *value) {
    struct profile_reading *reading = context;
    note_section(reading, section);
    if (strcmp(section, reading->wanted) != 0)
        return 1;
    reading->is_found = true;
    for (size_t i = 0; i < ROWS; i++) {
        if (strcmp(option_rows[rows[i].option].name, key) == 0 && rows[i].option != OPTION_PASSWORD_FD) {
            free(reading->broker->owned[i]);
            reading->broker->owned[i] = profile_value(value);
            set(&reading->broker->settings[i], reading->broker->owned[i], SOURCE_PROFILE);
            return 1;
        }
    }
    wrong_key(reading, key);
    return 1;
}

static void find_file(struct broker *broker) {
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    if (config != NULL && config[0] == '/')
        snprintf(broker->file, sizeof broker->file, "%s/zjiot/config", config);
    else
        snprintf(broker->file, sizeof broker->file, "%s/.config/zjiot/config", home != NULL ? home : "");
}

static int read_profile(const struct invocation *invocation, struct broker *broker) {
    const char *flag = invocation->value[OPTION_PROFILE], *variable = getenv("ZJIOT_PROFILE");
    const char *name = flag != NULL ? flag : variable;
    struct profile_reading reading = {.broker = broker, .wanted = name != NULL ? name : "default"};
    find_file(broker);
    broker->profile = reading.wanted;
    errno = 0;
    const int result = ini_parse(broker->file, take_profile_line, &reading);
    if (result > 0) {
        complain("%s: line %d: neither [PROFILE] nor NAME = VALUE, or too long", broker->file, result);
        return EXIT_CONFIG;
    }
    if (result < 0 && (name != NULL || errno != ENOENT)) {
        complain("%s: %s", broker->file, strerror(errno));
        return EXIT_CONFIG;
    }
    if (reading.is_wrong)
        return EXIT_CONFIG;
    if (!reading.is_found && name != NULL) {
        complain("%s: there is no profile '%s'; there is %s", broker->file, name,
                 reading.known[0] != '\0' ? reading.known : "none");
        return EXIT_CONFIG;
    }
    if (!reading.is_found)
        broker->profile = NULL;
    return EXIT_OK;
}

static int collect(const struct invocation *invocation, struct broker *broker) {
    for (size_t i = 0; i < ROWS; i++)
        broker->settings[i] = (struct setting){rows[i].option, rows[i].environment, rows[i].initially, SOURCE_DEFAULT};
    const int code = read_profile(invocation, broker);
    for (size_t i = 0; i < ROWS && code == EXIT_OK; i++) {
        const char *flag = invocation->value[rows[i].option];
        const char *variable = rows[i].environment != NULL ? getenv(rows[i].environment) : NULL;
        if (variable != NULL && variable[0] != '\0')
            set(&broker->settings[i], variable, SOURCE_ENVIRONMENT);
        if (flag != NULL)
            set(&broker->settings[i], option_rows[rows[i].option].argument != NULL ? flag : "yes", SOURCE_FLAG);
    }
    return code;
}

static const char *read_port(const char *text, struct broker *broker) {
    unsigned long port;
    if (!amount_number(text, 65535, &port) || port == 0)
        return "the port is a number from 1 to 65535";
    broker->mqtt.port = (unsigned)port;
    return NULL;
}

/* Host and port of a URL, after its scheme. NULL, or what is wrong. */
static const char *read_authority(const char *text, struct broker *broker) {
    const bool is_v6 = text[0] == '[';
    const char *end = is_v6 ? strchr(text, ']') : text + strcspn(text, ":/");
    text += is_v6;
    if (!is_v6 && strchr(text + strcspn(text, ":"), ':') != strrchr(text, ':'))
        return "write an IPv6 address in brackets: mqtt://[::1]:1883";
    if (end == NULL)
        return "the address begins with [ but does not end with ]";
    const size_t size = (size_t)(end - text);
    if (size == 0)
        return "it names no host";
    if (size >= sizeof broker->host)
        return "the host name is too long";
    memcpy(broker->host, text, size);
    broker->mqtt.host = broker->host;
    end += is_v6;
    if (strcmp(end, "/") == 0 || *end == '\0')
        return NULL;
    if (*end == '/')
        return "what follows the host is not used; write mqtt://HOST[:PORT]";
    if (*end != ':')
        return "a colon and the port follow the address";
    return read_port(end + 1, broker);
}

/* NULL, or what is wrong, without a word of the URL: a password may be in it. */
static const char *read_url(const char *url, struct broker *broker) {
    static const char schemes[][9] = {"mqtt://", "mqtts://"};
    const char *scheme_end = strstr(url, "://"), *at = strrchr(url, '@');
    const char *user = scheme_end != NULL ? scheme_end + 3 : url;
    if (at != NULL)
        return memchr(user, ':', (size_t)(at - user)) != NULL
                   ? "a password in a URL is seen by everyone on the machine; use --user and --password-file"
                   : "the user name goes into --user";
    for (unsigned i = 0; i < 2; i++) {
        if (strncasecmp(url, schemes[i], strlen(schemes[i])) != 0)
            continue;
        broker->mqtt.use_tls = i == 1;
        broker->mqtt.port = i == 1 ? PORT_MQTTS : PORT_MQTT;
        return read_authority(url + strlen(schemes[i]), broker);
    }
    return scheme_end != NULL ? "a broker is mqtt://HOST[:PORT] or mqtts://HOST[:PORT]"
                              : "a broker is a URL: mqtt://HOST[:PORT], or mqtts:// for TLS";
}

static int check_url(struct broker *broker) {
    const struct setting *setting = setting_of(broker, OPTION_BROKER);
    const char *why = read_url(setting->value, broker);
    return why == NULL ? EXIT_OK : wrong(broker, setting, why);
}

/* TLS was asked for, but the URL says that there is none. */
static int check_tls(struct broker *broker) {
    static const enum option_id tls_options[] = {OPTION_CA, OPTION_CERT, OPTION_KEY};
    struct mqtt_settings *mqtt = &broker->mqtt;
    const struct setting *insecure = setting_of(broker, OPTION_INSECURE);
    for (size_t i = 0; i < 3 && !mqtt->use_tls; i++) {
        const struct setting *setting = setting_of(broker, tls_options[i]);
        if (setting->value != NULL)
            return wrong(broker, setting, "is for TLS, but the broker's URL is not mqtts://");
    }
    mqtt->ca = setting_of(broker, OPTION_CA)->value;
    mqtt->cert = setting_of(broker, OPTION_CERT)->value;
    mqtt->key = setting_of(broker, OPTION_KEY)->value;
    if (mqtt->key != NULL && mqtt->cert == NULL)
        return wrong(broker, setting_of(broker, OPTION_KEY), "needs the certificate that belongs to it: --cert");
    mqtt->is_insecure = strcmp(insecure->value, "yes") == 0;
    if (!mqtt->is_insecure && strcmp(insecure->value, "no") != 0)
        return wrong(broker, insecure, "is yes or no");
    return EXIT_OK;
}

static int check_version(struct broker *broker) {
    const struct setting *setting = setting_of(broker, OPTION_MQTT_VERSION);
    const struct option_row *row = &option_rows[OPTION_MQTT_VERSION];
    char choice[64];
    for (unsigned i = 0; option_choice(row, NULL, i, choice); i++) {
        if (strcmp(choice, setting->value) == 0) {
            broker->mqtt.version = (enum mqtt_version)i; /* in the order of the choices */
            return EXIT_OK;
        }
    }
    return wrong(broker, setting, "is auto, 5 or 3.1.1");
}

static int check_times(struct broker *broker) {
    const struct setting *timeout = setting_of(broker, OPTION_TIMEOUT);
    const struct setting *keepalive = setting_of(broker, OPTION_KEEPALIVE);
    unsigned ms;
    if (!amount_time(timeout->value, &broker->timeout_ms) || broker->timeout_ms == 0)
        return wrong(broker, timeout, "is a time such as 500ms, 10s or 2m, up to a day");
    if (!amount_time(keepalive->value, &ms) || ms / 1000 > KEEPALIVE_MOST || (ms > 0 && ms < 1000))
        return wrong(broker, keepalive, "is a time of 1s to 65535s, or 0 for no pings");
    broker->mqtt.keepalive = ms / 1000;
    broker->mqtt.connect_ms = broker->timeout_ms;
    return EXIT_OK;
}

static int check_client_id(struct broker *broker) {
    const struct setting *setting = setting_of(broker, OPTION_CLIENT_ID);
    uint8_t random[6] = {0};
    broker->mqtt.client_id = setting->value;
    if (setting->value != NULL)
        return setting->value[0] != '\0' && strlen(setting->value) <= CLIENT_ID_MOST
                   ? EXIT_OK
                   : wrong(broker, setting, "is empty or too long");
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
        return EXIT_INTERNAL;
    snprintf(broker->client_id, sizeof broker->client_id, "zjiotctl-%02x%02x%02x%02x%02x%02x", random[0], random[1],
             random[2], random[3], random[4], random[5]);
    broker->mqtt.client_id = broker->client_id;
    return EXIT_OK;
}

static int check_password(struct broker *broker) {
    const struct setting *user = setting_of(broker, OPTION_USER);
    struct setting *file = setting_of(broker, OPTION_PASSWORD_FILE), *fd = setting_of(broker, OPTION_PASSWORD_FD);
    unsigned long number;
    broker->mqtt.user = user->value;
    if (fd->value != NULL && !amount_number(fd->value, 65535, &number))
        return wrong(broker, fd, "is the number of an open descriptor");
    if (fd->value != NULL && file->value != NULL && file->source == SOURCE_FLAG)
        return wrong(broker, fd, "--password-file is given as well");
    if (fd->value != NULL)
        file->value = NULL; /* the command line wins */
    const struct setting *password = fd->value != NULL ? fd : file;
    if (password->value != NULL && user->value == NULL)
        return wrong(broker, password, "a password needs a user name: --user");
    return EXIT_OK;
}

int broker_read(const struct invocation *invocation, struct broker *ret_broker) {
    static int (*const checks[])(struct broker *) = {check_url,   check_tls,       check_version,
                                                     check_times, check_client_id, check_password};
    memset(ret_broker, 0, sizeof *ret_broker);
    int code = collect(invocation, ret_broker);
    for (size_t i = 0; i < sizeof checks / sizeof checks[0] && code == EXIT_OK; i++)
        code = checks[i](ret_broker);
    if (code != EXIT_OK)
        broker_end(ret_broker);
    return code;
}

/* Reads to the end. The size, or -1 with errno; EMSGSIZE when it is longer than MQTT can say. */
static ssize_t read_secret(int descriptor, uint8_t *out) {
    size_t used = 0;
    ssize_t count;
    while ((count = read(descriptor, out + used, PASSWORD_MOST + 1 - used)) > 0)
        used += (size_t)count;
    if (count < 0)
        return -1;
    if (used > PASSWORD_MOST) {
        errno = EMSGSIZE;
        return -1;
    }
    if (used > 0 && out[used - 1] == '\n')
        used--;
    if (used > 0 && out[used - 1] == '\r')
        used--;
    return (ssize_t)used;
}

static ssize_t read_secret_file(const char *path, uint8_t *out) {
    struct stat about;
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return -1;
    if (fstat(descriptor, &about) == 0 && S_ISREG(about.st_mode) && (about.st_mode & (S_IRGRP | S_IROTH)) != 0)
        complain("%s: others may read this password; chmod 600 helps", path);
    const ssize_t size = read_secret(descriptor, out);
    const int error = errno;
    close(descriptor);
    errno = error;
    return size;
}

/* On the terminal, whatever stdin is. 0 when there is no terminal. */
static ssize_t ask_secret(const struct broker *broker, uint8_t *out) {
    struct termios before, quiet;
    const int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC);
    if (terminal < 0 || tcgetattr(terminal, &before) != 0)
        return 0;
    quiet = before;
    quiet.c_lflag &= ~(tcflag_t)ECHO;
    tcsetattr(terminal, TCSAFLUSH, &quiet);
    dprintf(terminal, "Password of %s at %s: ", broker->mqtt.user, broker->mqtt.host);
    ssize_t size = read(terminal, out, PASSWORD_MOST); /* a line: the terminal is in canonical mode */
    tcsetattr(terminal, TCSAFLUSH, &before);
    dprintf(terminal, "\n");
    close(terminal);
    output_idle(); /* Ctrl-C at the prompt */
    if (size > 0 && out[size - 1] == '\n')
        size--;
    return size < 0 ? 0 : size;
}

int broker_unlock(struct broker *broker) {
    const struct setting *file = setting_of(broker, OPTION_PASSWORD_FILE);
    const struct setting *fd = setting_of(broker, OPTION_PASSWORD_FD);
    if (broker->mqtt.is_insecure && broker->mqtt.use_tls)
        complain(
            "WARNING: --insecure: the broker's certificate is not checked; anyone on the way can pretend to be it, "
            "read everything and change it");
    if (broker->mqtt.user == NULL)
        return EXIT_OK;
    const struct rlimit no_core = {0, 0}; /* a core would hold the password */
    setrlimit(RLIMIT_CORE, &no_core);
    broker->password = must(calloc(1, PASSWORD_MOST + 1));
    ssize_t size;
    if (fd->value != NULL)
        size = read_secret((int)strtoul(fd->value, NULL, 10), broker->password);
    else if (file->value != NULL)
        size = read_secret_file(file->value, broker->password);
    else
        size = ask_secret(broker, broker->password);
    if (size < 0) {
        const char *what = errno == EMSGSIZE ? "the password is longer than 65535 bytes" : strerror(errno);
        complain("%s: %s", fd->value != NULL ? "--password-fd" : file->value, what);
        return EXIT_CONFIG;
    }
    if (size > 0) {
        broker->mqtt.password = broker->password;
        broker->mqtt.password_size = (size_t)size;
    }
    return EXIT_OK;
}

void broker_end(struct broker *broker) {
    if (broker->password != NULL)
        OPENSSL_cleanse(broker->password, PASSWORD_MOST + 1);
    free(broker->password);
    broker->password = NULL;
    broker->mqtt.password = NULL;
    for (size_t i = 0; i < ROWS; i++) {
        free(broker->owned[i]);
        broker->owned[i] = NULL;
    }
}
