#include "output.h"

#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "commands.h"

static volatile sig_atomic_t caught;
static bool on_terminal;
static const char *command_name;
static void (*tell_end)(void);

static void note_signal(int number) {
    caught = number;
}

static void catch_signal(int number) {
    struct sigaction action = {.sa_handler = note_signal}; /* no SA_RESTART: a read that waits must end */
    struct sigaction old;
    if (sigaction(number, NULL, &old) == 0 && old.sa_handler != SIG_IGN)
        sigaction(number, &action, NULL);
}

void output_start(void) {
    static char buffer[1 << 16];
    setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
    on_terminal = isatty(STDOUT_FILENO) == 1;
    signal(SIGPIPE, SIG_IGN);
    catch_signal(SIGINT);
    catch_signal(SIGTERM);
}

void output_command(const char *name) {
    command_name = name;
}

void output_on_signal(void (*tell)(void)) {
    tell_end = tell;
}

static void end_if_caught(void) {
    if (caught == 0)
        return;
    int number = caught;
    caught = 0; /* a second signal may interrupt the flush */
    if (tell_end != NULL)
        tell_end();
    fflush(stdout);
    _exit(128 + number);
}

/* The records cannot be written. A reader that has seen enough is no error. */
static int lost_output(int error) {
    end_if_caught();
    if (error == EPIPE)
        return EXIT_OK;
    complain("cannot write to stdout: %s", strerror(error));
    return EXIT_INTERNAL;
}

void output_record_end(void) {
    bool failed = ferror(stdout) || (on_terminal && fflush(stdout) != 0);
    if (failed)
        _exit(lost_output(errno));
    end_if_caught();
}

void output_idle(void) {
    if (fflush(stdout) != 0)
        _exit(lost_output(errno));
    end_if_caught();
}

bool output_is_unread(void) {
    struct pollfd state = {STDOUT_FILENO, 0, 0};
    return poll(&state, 1, 0) == 1 && (state.revents & (POLLERR | POLLHUP)) != 0;
}

void output_end_if_unread(void) {
    if (output_is_unread())
        _exit(lost_output(EPIPE));
}

int output_finish(int code) {
    if (ferror(stdout) || fflush(stdout) != 0) {
        int lost = lost_output(errno);
        return lost == EXIT_OK ? code : lost;
    }
    end_if_caught();
    return code;
}

void complain(const char *format, ...) {
    if (on_terminal)
        fflush(stdout);
    char line[2048];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    for (char *letter = line; *letter != '\0'; letter++) {
        if (iscntrl((unsigned char)*letter))
            *letter = '?'; /* what came from an input must not steer the terminal */
    }
    fprintf(stderr, "%szjiotctl:%s %s%s%s\n", colour(stderr, COLOUR_BOLD), colour(stderr, COLOUR_NONE),
            command_name ? command_name : "", command_name ? ": " : "", line);
}

const char *colour(FILE *stream, enum colour colour) {
    static const char *const sequences[] = {"\033[0m", "\033[1m", "\033[2m", "\033[31m", "\033[33m"};
    static int enabled[2] = {-1, -1};
    int *is_on = &enabled[stream == stderr];
    if (*is_on < 0) {
        const char *no_colour = getenv("NO_COLOR"), *terminal = getenv("TERM");
        *is_on = (no_colour == NULL || no_colour[0] == '\0') && (terminal == NULL || strcmp(terminal, "dumb") != 0) &&
                 isatty(stream == stderr ? STDERR_FILENO : STDOUT_FILENO) == 1;
    }
    return *is_on ? sequences[colour] : "";
}

size_t output_width(void) {
    struct winsize window;
    if (!on_terminal || ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) != 0)
        return 0;
    return window.ws_col;
}

/* Bytes of UTF-8 of the control character that starts here; 0: there is none. */
static size_t control_size(const char *text) {
    const unsigned char letter = (unsigned char)text[0];
    const bool is_c1 = letter == 0xC2 && (unsigned char)text[1] >= 0x80 && (unsigned char)text[1] < 0xA0;
    return is_c1 ? 2 : letter != 0 && (letter < 0x20 || letter == 0x7F);
}

static void put_word(const char *text, size_t size) {
    for (const char *end = text + size; text < end;) {
        const size_t control = control_size(text);
        putchar(control == 0 ? *text : strchr("\t\r\n", *text) != NULL ? ' ' : '?');
        text += control > 0 ? control : 1;
    }
}

void put_plain(const char *text) {
    put_word(text, strlen(text));
}

void put_wrapped(const char *text, size_t indent) {
    size_t width = output_width();
    if (width < indent + 20) {
        put_plain(text);
        return;
    }
    size_t column = indent;
    while (*text != '\0') {
        size_t size = strcspn(text, " ");
        size_t columns = text_columns(text, size);
        if (column > indent && column + columns >= width) {
            putchar('\n');
            put_padding(0, indent);
            column = indent;
        }
        put_word(text, size);
        column += columns + 1;
        text += size;
        if (*text == ' ')
            text++;
        if (*text != '\0' && column + text_columns(text, strcspn(text, " ")) < width)
            putchar(' ');
    }
}

void put_padding(size_t used, size_t width) {
    for (; used < width; used++)
        putchar(' ');
}

bool is_utf8(const uint8_t *bytes, size_t size) {
    json_t *text = json_stringn((const char *)bytes, size);
    json_decref(text);
    return text != NULL;
}

size_t text_columns(const char *text, size_t size) {
    size_t columns = 0;
    for (size_t i = 0; i < size; i++) {
        unsigned char letter = (unsigned char)text[i];
        columns += (letter & 0xc0) != 0x80;         /* not within a letter */
        columns += letter >= 0xe3 && letter < 0xf0; /* East Asian letters are two columns wide */
    }
    return columns;
}

void put_json_letters(const char *text, size_t size) {
    for (const char *end = text + size; text < end; text++) {
        unsigned char letter = (unsigned char)*text;
        if (letter == '"' || letter == '\\')
            printf("\\%c", letter);
        else if (letter < ' ')
            printf("\\u%04x", letter);
        else
            putchar(letter);
    }
}

void put_json_text(const char *text) {
    putchar('"');
    put_json_letters(text, strlen(text));
    putchar('"');
}

void put_json_member(bool first, const char *key, const char *text) {
    if (!first)
        putchar(',');
    put_json_text(key);
    putchar(':');
    put_json_text(text);
}

void put_csv_letters(const char *text, size_t size) {
    bool is_quoted = false;
    for (size_t i = 0; i < size; i++)
        is_quoted |= text[i] == ',' || text[i] == '"' || text[i] == '\r' || text[i] == '\n';
    if (!is_quoted) {
        fwrite(text, 1, size, stdout);
        return;
    }
    putchar('"');
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '"')
            putchar('"');
        putchar(text[i]);
    }
    putchar('"');
}

void put_csv(const char *text) {
    put_csv_letters(text, strlen(text));
}

void put_csv_next(const char *text) {
    putchar(',');
    put_csv(text);
}

void put_hex(const uint8_t *bytes, size_t size, const char *separator) {
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < size; i++) {
        if (i > 0)
            fputs(separator, stdout);
        putchar(digits[bytes[i] >> 4]);
        putchar(digits[bytes[i] & 15]);
    }
}

void *must(void *memory) {
    if (memory == NULL) {
        complain("out of memory");
        fflush(stdout);
        _exit(EXIT_INTERNAL);
    }
    return memory;
}
