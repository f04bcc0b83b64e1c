/* Requests out, replies in: what came of each. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "output.h"
#include "send/send.h"

enum {
    REMEMBERED = 4, /* requests that have ended, for each that may be open */
    REMEMBER_MS = 60000,
    CONTENTS = 64, /* of a request, that are compared */
    LEAVE_MS = 500,
    READER_CHECK_MS = 500, /* how often somebody looks whether stdout is still read */
    SLACK_MS = 1000,       /* in which the outcome of a publish must come once its deadline has passed */
};

/* --- The table --- */

static int start_table(struct send *send) {
    struct zjiot_track_config config = {
        .capacity = (uint32_t)send->concurrency * (1 + REMEMBERED),
        .key_size = SEND_KEY_SIZE,
        .contents = CONTENTS,
        .remember = REMEMBER_MS,
    };
    struct zjiot_error error;
    const size_t size = ZJIOT_TRACK_SIZE(config.capacity, SEND_KEY_SIZE, CONTENTS);
    if (getrandom(config.seed, sizeof config.seed, 0) != (ssize_t)sizeof config.seed) {
        complain("there are no random numbers");
        return EXIT_INTERNAL;
    }
    send->track_memory = must(malloc(size));
    if (zjiot_track_init(&send->track, &config, send->track_memory, size, &error) == 0)
        return EXIT_OK;
    complain("%s", error.text);
    return EXIT_INTERNAL;
}

/* --- The end of a request --- */

static void finish(struct send *send, struct send_request *request, int code, const char *why) {
    zjiot_track_cancel(&send->track, (uint64_t)mqtt_now(), request->handle); /* if it is still open */
    send->open--;
    send->done++;
    send->outcomes[code]++;
    request->is_told = true;
    send_print_outcome(send, request, code, why);
    free(request->records);
    *request = (struct send_request){.device = NULL};
}

/* All answers are there. */
static void finish_answered(struct send *send, struct send_request *request) {
    finish(send, request, request->has_failed ? EXIT_FAILED : EXIT_OK, request->why);
}

static void finish_timeout(struct send *send, struct send_request *request) {
    char why[SEND_WHY_SIZE];
    const int code = send_explain_timeout(send, request, why, sizeof why);
    finish(send, request, code, why);
}

/* --- Requests --- */

static struct send_request *free_slot(struct send *send) {
    struct send_request *request = send->requests;
    while (request->device != NULL)
        request++;
    return request;
}

/* The user's deadline, else the document's. */
static int64_t deadline_of(const struct send *send, const struct zjiot_track_request *tracked, int64_t now) {
    if (tracked->deadline != ZJIOT_TRACK_NEVER && !send->is_timeout_given)
        return (int64_t)tracked->deadline;
    return send->is_many ? now + send->broker.timeout_ms : send->deadline;
}

/* Writes and publishes the parts. What cannot be sent is told like what the broker did not take. */
static int publish_parts(struct send *send, struct send_request *request, size_t parts) {
    struct zjiot_input frame;
    for (size_t i = 0; i < parts; i++) {
        const int code = send_part(send, i, parts, &frame);
        if (code != EXIT_OK)
            return code;
        const struct mqtt_message message = {
            .topic = frame.topic, .payload = frame.bytes, .size = frame.size, .qos = 1};
        if (i == 0) {
            request->sent = mqtt_now();
            request->sent_at = send_clock();
        }
        const uint64_t id = mqtt_publish(send->client, &message, request->deadline);
        if (id == 0)
            return EXIT_INTERNAL;
        if (i == 0)
            request->first_id = id;
        request->publishes++;
        request->unconfirmed++;
    }
    if (!send->row->has_answers)
        send_keep_sent(send, request);
    return EXIT_OK;
}

static void start_request(struct send *send, const char *device) {
    struct send_request *request = free_slot(send);
    struct zjiot_track_request tracked;
    struct send_room room;
    struct zjiot_error error;
    const int64_t now = mqtt_now();
    *request = (struct send_request){.device = device, .settled = INT64_MAX};
    send->open++;
    int code = send_build(send, device, &tracked, &room);
    const size_t parts = code == EXIT_OK ? send->row->split(send) : 0;
    if (code == EXIT_OK) {
        if (parts > 1 && tracked.answers != ZJIOT_TRACK_MANY)
            tracked.answers = (uint32_t)parts;
        request->awaited = tracked.answers;
        request->deadline = deadline_of(send, &tracked, now);
        tracked.deadline = (uint64_t)request->deadline;
        tracked.user = (uint64_t)(request - send->requests);
        if (zjiot_track_open(&send->track, (uint64_t)now, &tracked, &request->handle, &error) != 0) {
            complain("%s", error.text);
            code = EXIT_INTERNAL;
        }
    }
    if (code == EXIT_OK)
        code = publish_parts(send, request, parts);
    if (code != EXIT_OK)
        finish(send, request, code, "it could not be written");
}

/* --- Replies --- */

static void note_acceptance(struct send *send, struct send_request *request) {
    request->is_accepted = true;
    if (!send->is_many)
        complain("%s accepted it; waiting up to %.1f s for %s answer", send->row->who,
                 (double)(request->deadline - mqtt_now()) / 1000, send->row->whose);
}

/* What a request of two stages has come to; NULL: it has one. */
static const char *stage_of(const struct send_request *request, bool is_acceptance, bool has_failed) {
    if (is_acceptance)
        return "accepted";
    if (!request->is_accepted)
        return NULL;
    return has_failed ? "failed" : "confirmed";
}

/* Reply `index` of a message. A message that is several is printed once. */
static void take_reply(struct send *send, const struct result *result, size_t index,
                       const struct zjiot_track_reply *reply, const struct zjiot_track_match *match, bool *is_printed) {
    struct send_request *request = &send->requests[match->request.user];
    const bool is_acceptance = reply->kind == ZJIOT_TRACK_ACCEPTANCE;
    char why[SEND_WHY_SIZE];
    request->answered_ms = send_clock() - request->sent_at;
    request->answers += !is_acceptance;
    const bool has_failed = send->row->has_failed(send, result, index, why, sizeof why);
    if (has_failed) {
        request->has_failed = true;
        memcpy(request->why, why, sizeof why);
    } else if (why[0] != '\0') {
        complain("%s: %s", result->topic, why);
    }
    if (!*is_printed)
        send_print_reply(send, request, result, stage_of(request, is_acceptance, has_failed),
                         match->verdict == ZJIOT_TRACK_GUESSED);
    *is_printed = true;
    if (is_acceptance && match->request.open)
        note_acceptance(send, request);
    else if (!match->request.open)
        finish_answered(send, request);
    else if (request->awaited == ZJIOT_TRACK_MANY)
        request->settled = mqtt_now() + send->settle_ms;
}

/* A reply that is nobody's, or nobody's any more. */
static void tell_stray(const struct send *send, const struct result *result, size_t index,
                       const struct zjiot_track_reply *reply, const struct zjiot_track_match *match) {
    const char *topic = result->topic;
    struct send_stray stray = {{0}, {0}};
    send->row->name_stray(send, result, index, reply, &stray);
    switch (match->verdict) {
    case ZJIOT_TRACK_LATE:
        complain("%s: late: an answer%s %.1f s after the command, which was given up; not taken", topic, stray.id,
                 (double)((uint64_t)mqtt_now() - match->request.opened) / 1000);
        break;
    case ZJIOT_TRACK_DUPLICATE:
        complain("%s: duplicate: the same answer%s again; not taken", topic, stray.id);
        break;
    default:
        if (stray.why[0] != '\0')
            complain("%s: no answer: %s; not taken", topic, stray.why);
        else if (stray.id[0] != '\0' || send->row->id_member == NULL || send->takes_guesses)
            complain("%s: foreign: an answer%s to a command of someone else; not taken", topic, stray.id);
        else
            complain("%s: foreign: an answer without %s, to whatever command; not taken (--guess takes it for ours)",
                     topic, send->row->id_member);
        break;
    }
}

static void take_replies(struct send *send, const struct result *result) {
    const size_t count = send->row->replies(send, result->message);
    bool is_printed = false;
    for (size_t i = 0; i < count; i++) {
        struct send_room room;
        struct zjiot_track_reply reply;
        struct zjiot_track_match match;
        if (send->row->reply(send, result->message, i, &room, &reply, NULL) != 0)
            return;
        const enum zjiot_track_verdict verdict = zjiot_track_match(&send->track, (uint64_t)mqtt_now(), &reply, &match);
        if (verdict == ZJIOT_TRACK_EXACT || verdict == ZJIOT_TRACK_GUESSED)
            take_reply(send, result, i, &reply, &match, &is_printed);
        else
            tell_stray(send, result, i, &reply, &match);
    }
    const char *remark = send->row->remark(result->message);
    if (remark[0] != '\0')
        complain("%s: %s", result->topic, remark);
}

/* What the reading of a message that came leads to. */
static int show_message(const struct result *result, void *context) {
    struct send *send = context;
    const bool is_ours = result->message != NULL && result->message->protocol == send->builder.message.protocol;
    if (!is_ours && !send->is_retained) {
        send->unreadable++;
        snprintf(send->unreadable_why, sizeof send->unreadable_why, "%s",
                 result->error != NULL ? result->error->text : "it is a message of another protocol");
    } else if (is_ours && send->is_retained && send->row->replies(send, result->message) > 0) {
        complain("%s: retained: an old answer that the broker kept; not taken", result->topic);
    } else if (is_ours) {
        take_replies(send, result);
    }
    return EXIT_OK;
}

static void take_message(struct send *send, const struct mqtt_message *message) {
    send->is_retained = message->is_retained;
    reading_message(send->reading, message->topic, message->payload, message->size);
}

/* --- Publishes --- */

static struct send_request *request_of(struct send *send, uint64_t id) {
    for (size_t i = 0; i < send->concurrency; i++) {
        struct send_request *request = &send->requests[i];
        if (request->device != NULL && id - request->first_id < request->publishes)
            return request;
    }
    return NULL;
}

/* The broker has it, or it does not. */
static void take_outcome(struct send *send, const struct mqtt_event *event) {
    struct send_request *request = request_of(send, event->id);
    if (request == NULL)
        return; /* answered before that */
    const bool is_published = event->kind == MQTT_PUBLISHED;
    request->unconfirmed--;
    request->confirmed_ms = send_clock() - request->sent_at;
    if (!is_published) {
        request->is_lost = true;
        memcpy(request->why, event->failure.text, sizeof event->failure.text);
    }
    /* Of several parts some may have arrived. */
    const bool may_be_there = is_published || event->failure.code == EXIT_TIMEOUT || request->publishes > 1;
    if (!may_be_there)
        finish(send, request, (int)event->failure.code, event->failure.text);
    else if (request->is_lapsed || (!is_published && mqtt_now() >= request->deadline))
        finish_timeout(send, request);
    else if (!send->row->has_answers && request->unconfirmed == 0)
        request->is_lost ? finish_timeout(send, request) : finish_answered(send, request);
}

/* --- The loop --- */

/* Nothing comes any more, and nothing can be sent. */
static void give_up(struct send *send, const struct mqtt_failure *failure) {
    complain("%s", failure->text);
    for (size_t i = 0; i < send->concurrency; i++) {
        struct send_request *request = &send->requests[i];
        if (request->device == NULL)
            continue;
        request->is_lost = true;
        memcpy(request->why, failure->text, sizeof failure->text);
        finish_timeout(send, request);
    }
    while (send->next < send->device_count) {
        struct send_request unsent = {.device = send->devices[send->next++]};
        send->open++;
        finish(send, &unsent, (int)failure->code, failure->text);
    }
}

static void take_event(struct send *send, const struct mqtt_event *event) {
    switch (event->kind) {
    case MQTT_MESSAGE:
        take_message(send, &event->message);
        break;
    case MQTT_PUBLISHED:
    case MQTT_REFUSED:
    case MQTT_LOST:
        take_outcome(send, event);
        break;
    case MQTT_GAP:
        complain("%s; answers that come now are missed; connecting again in %.1f s", event->failure.text,
                 event->retry_ms / 1000.0);
        break;
    case MQTT_CONNECTED:
        complain("connected again");
        break;
    case MQTT_FAILED:
        give_up(send, &event->failure);
        break;
    }
}

/* Requests whose time is up, and those that no more answers are expected for. */
static void end_overdue(struct send *send) {
    const int64_t now = mqtt_now();
    struct zjiot_track_state state;
    for (size_t i = 0; i < send->concurrency; i++) {
        struct send_request *request = &send->requests[i];
        if (request->device != NULL && request->settled <= now) {
            zjiot_track_close(&send->track, (uint64_t)now, request->handle);
            finish_answered(send, request);
        } else if (request->is_lapsed && now >= request->deadline + SLACK_MS) {
            finish_timeout(send, request);
        }
    }
    while (zjiot_track_expire(&send->track, (uint64_t)now, &state)) {
        struct send_request *request = &send->requests[state.user];
        if (request->handle != state.handle)
            continue; /* it ended just before */
        if (request->unconfirmed > 0)
            request->is_lapsed = true; /* the outcome comes now */
        else
            finish_timeout(send, request);
    }
}

static int64_t next_time(const struct send *send) {
    const uint64_t due = zjiot_track_next_deadline(&send->track);
    int64_t time = due < (uint64_t)INT64_MAX ? (int64_t)due : mqtt_now() + SLACK_MS;
    if (send->is_many && time > mqtt_now() + READER_CHECK_MS)
        time = mqtt_now() + READER_CHECK_MS;
    for (size_t i = 0; i < send->concurrency; i++) {
        if (send->requests[i].device != NULL && send->requests[i].settled < time)
            time = send->requests[i].settled;
    }
    return time;
}

static void run(struct send *send) {
    struct mqtt_event event;
    while (send->open > 0 || send->next < send->device_count) {
        if (send->is_many)
            output_end_if_unread();
        while (send->open < send->concurrency && send->next < send->device_count)
            start_request(send, send->devices[send->next++]);
        if (send->open > 0 && mqtt_next(send->client, next_time(send), &event))
            take_event(send, &event);
        end_overdue(send);
    }
}

/* The worst is the highest. */
static int verdict(const struct send *send) {
    int worst = EXIT_OK;
    for (int code = EXIT_OK; code < EXIT_PARTLY; code++) {
        if (send->outcomes[code] > 0)
            worst = code;
    }
    return send->outcomes[EXIT_OK] > 0 && worst != EXIT_OK ? EXIT_PARTLY : worst;
}

static int tell_unsent(const struct send *send, const struct mqtt_failure *failure) {
    complain("%s (after %.1f s); nothing was executed", failure->text, (double)(mqtt_now() - send->start) / 1000);
    return (int)failure->code;
}

int send_exchange(struct send *send) {
    struct mqtt_failure failure;
    struct mqtt_settings *settings = &send->broker.mqtt;
    const bool wants_spans = send->invocation.choice[OPTION_OUTPUT] == SEND_TEXT && !send->is_many;
    int code = start_table(send);
    if (code != EXIT_OK)
        return code;
    settings->filters = send->filter_texts;
    settings->filter_count = send->filter_count;
    settings->filter_qos = 1;
    if (mqtt_open(settings, send->deadline, &send->client, &failure) != EXIT_OK)
        return tell_unsent(send, &failure);
    send->requests = must(calloc(send->concurrency, sizeof send->requests[0]));
    const struct reader reader = {
        .depth = wants_spans ? READING_TRACED : READING_DECODED, .show = show_message, .context = send};
    send->reading = reading_start(&send->invocation, &reader);
    run(send);
    send_sum_up(send);
    mqtt_close(send->client, mqtt_now() + LEAVE_MS);
    send->client = NULL;
    reading_end(send->reading);
    free(send->requests);
    send->requests = NULL;
    return verdict(send);
}
