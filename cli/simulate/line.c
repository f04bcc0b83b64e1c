/* Simulated meters on one serial line: a pseudo terminal whose other end is for the program that reads them.
 *
 * The line is half-duplex and as slow as a real one: an answer begins after a pause, takes as long as its bytes at the
 * speed that the program has set, and what is sent meanwhile is lost. When several meters answer a request, nobody can
 * understand them.
 */
#define _GNU_SOURCE /* posix_openpt and its like, cfmakeraw */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "output.h"
#include "simulate/inside.h"
#include "zjiot/cjt188.h"

enum {
    PAUSE_MS = 30,    /* between a request and its answer */
    SILENCE_MS = 200, /* after which a frame that is not complete is given up */
    STEP_MS = 10,
    BITS_OF_BYTE = 11, /* with parity, start and stop */
    PATH_SIZE = 64,
    OUT_SIZE = 16 * ZJIOT_CJT188_FRAME_MAX,
};

struct line {
    int master, program; /* the program's end is held open as well, so that programs may come and go */
    char path[PATH_SIZE];
    struct event readable, step, silence;
    uint8_t in[ZJIOT_CJT188_WINDOW];
    size_t in_size;
    uint8_t out[OUT_SIZE];
    size_t out_at, out_size;
    size_t answer_at;                 /* in `out`: where the answers to the request at hand begin */
    const struct run_device *speaker; /* who answered last; NULL: nobody yet */
    size_t others;                    /* that answered besides */
    bool is_asked, is_told;           /* a request is being handed round; overlapping answers have been told of */
};

static void wait_for(struct event *event, long ms) {
    event_add(event, &(struct timeval){ms / 1000, ms % 1000 * 1000});
}

/* --- Answers --- */

/* Bytes that the line carries in STEP_MS. */
static size_t bytes_of_step(const struct line *line) {
    static const struct {
        speed_t code;
        unsigned long baud;
    } speeds[] = {{B300, 300},   {B600, 600},     {B1200, 1200},   {B2400, 2400},   {B4800, 4800},
                  {B9600, 9600}, {B19200, 19200}, {B38400, 38400}, {B57600, 57600}, {B115200, 115200}};
    struct termios settings;
    unsigned long baud = 2400;
    if (tcgetattr(line->master, &settings) == 0)
        for (size_t i = 0; i < sizeof speeds / sizeof *speeds; i++)
            if (speeds[i].code == cfgetospeed(&settings))
                baud = speeds[i].baud;
    const size_t bytes = baud * STEP_MS / 1000 / BITS_OF_BYTE;
    return bytes > 0 ? bytes : 1;
}

static void on_step(evutil_socket_t descriptor, short what, void *context) {
    (void)descriptor, (void)what;
    struct run *run = context;
    struct line *line = run->connection;
    const size_t most = bytes_of_step(line), left = line->out_size - line->out_at;
    const ssize_t written = write(line->master, line->out + line->out_at, left < most ? left : most);
    if (written > 0)
        line->out_at += (size_t)written;
    if (line->out_at < line->out_size && (written >= 0 || errno == EAGAIN || errno == EINTR)) {
        wait_for(&line->step, STEP_MS);
        return;
    }
    line->out_at = line->out_size = 0;
}

/* Where two speak at once a 0 wins; each begins a little later than the one before. */
static void overlap(struct run *run, struct line *line, const struct sim_packet *packet) {
    uint8_t *out = line->out + line->answer_at;
    const size_t before = line->out_size - line->answer_at, delay = ++line->others;
    for (size_t i = 0; i < packet->size; i++)
        out[delay + i] = delay + i < before ? out[delay + i] & packet->bytes[i] : packet->bytes[i];
    if (delay + packet->size > before)
        line->out_size = line->answer_at + delay + packet->size;
    if (!line->is_told)
        complain("several meters answer at once; nobody can understand them");
    line->is_told = true;
    run->lost++;
}

static void send_packet(struct run *run, struct sim_packet *packet) {
    struct line *line = run->connection;
    const bool is_alone = !line->is_asked || line->speaker == NULL || line->speaker == packet->device;
    if (line->out_size + line->others + 1 + packet->size > OUT_SIZE) {
        run->lost++;
    } else if (is_alone) {
        if (line->out_size == line->out_at)
            wait_for(&line->step, PAUSE_MS);
        if (packet->size > 0)
            memcpy(line->out + line->out_size, packet->bytes, packet->size);
        line->out_size += packet->size;
        run->sent++;
    } else {
        overlap(run, line, packet);
    }
    line->speaker = packet->device;
    packet_free(packet);
}

/* --- Requests --- */

static void hand_round(struct run *run, const uint8_t *frame, size_t size) {
    struct line *line = run->connection;
    run->received++;
    line->answer_at = line->out_size;
    line->speaker = NULL;
    line->others = 0;
    line->is_asked = true;
    for (size_t i = 0; i < run->device_count; i++)
        run_deliver(run, &run->devices[i], &(struct sim_message){.bytes = frame, .size = size});
    line->is_asked = false;
}

/* Takes the frames out of what has come; `end`: nothing follows. */
static void take_frames(struct run *run, bool end) {
    struct line *line = run->connection;
    struct zjiot_cjt188_event event;
    size_t at = 0;
    int found;
    while ((found = zjiot_cjt188_pull(line->in + at, line->in_size - at, end, &event)) != 0) {
        if (found == 1)
            hand_round(run, line->in + at, event.size);
        else
            run->refused++;
        at += event.size;
    }
    line->in_size -= at;
    memmove(line->in, line->in + at, line->in_size);
    if (line->in_size > 0)
        wait_for(&line->silence, SILENCE_MS);
    else
        event_del(&line->silence);
}

static void on_silence(evutil_socket_t descriptor, short what, void *context) {
    (void)descriptor, (void)what;
    take_frames(context, true);
}

static void on_bytes(evutil_socket_t descriptor, short what, void *context) {
    (void)what;
    struct run *run = context;
    struct line *line = run->connection;
    const ssize_t size = read(descriptor, line->in + line->in_size, sizeof line->in - line->in_size);
    if (size <= 0)
        return;
    if (line->out_at < line->out_size) { /* a meter speaks */
        run->refused++;
        return;
    }
    line->in_size += (size_t)size;
    take_frames(run, false);
}

/* --- The run --- */

/* A line as meters have it, until the program sets it otherwise. */
static bool open_line(struct line *line) {
    struct termios settings;
    line->master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (line->master < 0 || grantpt(line->master) != 0 || unlockpt(line->master) != 0 ||
        ptsname_r(line->master, line->path, sizeof line->path) != 0)
        return false;
    line->program = open(line->path, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (line->program < 0 || tcgetattr(line->program, &settings) != 0)
        return false;
    cfmakeraw(&settings);
    settings.c_cflag |= PARENB;
    cfsetspeed(&settings, B2400);
    return tcsetattr(line->program, TCSANOW, &settings) == 0;
}

static int open_connection(struct run *run) {
    struct line *line = must(calloc(1, sizeof *line));
    line->master = line->program = -1;
    run->connection = line;
    event_assign(&line->step, run->base, -1, 0, on_step, run);
    event_assign(&line->silence, run->base, -1, 0, on_silence, run);
    if (!open_line(line)) {
        complain("no pseudo terminal: %s", strerror(errno));
        return EXIT_INTERNAL;
    }
    event_assign(&line->readable, run->base, line->master, EV_READ | EV_PERSIST, on_bytes, run);
    event_add(&line->readable, NULL);
    for (size_t i = 0; i < run->device_count; i++)
        run_start(&run->devices[i]);
    puts(line->path);
    output_idle();
    return EXIT_OK;
}

static const char *place(const struct run *run) {
    const struct line *line = run->connection;
    return line->path;
}

static void close_connection(struct run *run) {
    struct line *line = run->connection;
    if (line == NULL)
        return;
    if (line->program >= 0) {
        event_del(&line->readable);
        close(line->program);
    }
    event_del(&line->step);
    event_del(&line->silence);
    if (line->master >= 0)
        close(line->master);
    free(line);
    run->connection = NULL;
}

const struct sim_transport sim_over_line = {open_connection, send_packet, place, close_connection};
