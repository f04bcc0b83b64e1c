/* How simulated devices misbehave. */
#define _DEFAULT_SOURCE /* erand48 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output.h"
#include "simulate/inside.h"
#include "suggest.h"

static const char *const names[FAULT_COUNT] = {
#define FAULT_NAME(id, name, meaning) name,
    SIM_FAULTS(FAULT_NAME)
#undef FAULT_NAME
};

static void complain_name(const char *name) {
    struct suggestion suggestion;
    char hint[96], all[128] = "";
    suggest_start(&suggestion, name);
    for (size_t i = 0; i < FAULT_COUNT; i++) {
        const size_t used = strlen(all);
        suggest_offer(&suggestion, names[i]);
        snprintf(all + used, sizeof all - used, "%s%s", i > 0 ? ", " : "", names[i]);
    }
    complain("--fault: there is no '%s'%s; there is %s", name, suggest_text(&suggestion, hint, sizeof hint), all);
}

/* "late=0.1" */
static bool read_fault(struct sim_faults *faults, char *text) {
    char *rate = strchr(text, '='), *end;
    double value = 1;
    if (rate != NULL) {
        *rate++ = '\0';
        value = strtod(rate, &end);
        if (end == rate || *end != '\0' || !(value >= 0 && value <= 1)) {
            complain("--fault: %s: '%s' is no rate; it is a share of the messages, from 0 to 1", text, rate);
            return false;
        }
    }
    for (size_t i = 0; i < FAULT_COUNT; i++) {
        if (strcmp(names[i], text) == 0) {
            faults->rates[i] = value;
            return true;
        }
    }
    complain_name(text);
    return false;
}

bool faults_read(struct sim_faults *faults, const char *text) {
    char *copy = must(strdup(text)), *rest = copy;
    bool is_read = true;
    for (char *word; is_read && (word = strsep(&rest, ",")) != NULL;)
        is_read = read_fault(faults, word);
    free(copy);
    return is_read;
}

bool faults_fall(struct sim_faults *faults, enum sim_fault fault) {
    if (faults->rates[fault] == 0 || erand48(faults->random) >= faults->rates[fault])
        return false;
    faults->counts[fault]++;
    return true;
}

void faults_take_back(struct sim_faults *faults, enum sim_fault fault) {
    faults->counts[fault]--;
}

/* Puts null in the place of the first value that is no object or array. */
static bool put_null(json_t *value) {
    if (json_is_object(value)) {
        const char *key;
        json_t *member;
        json_object_foreach(value, key, member) {
            if (json_is_object(member) || json_is_array(member) ? put_null(member)
                                                                : json_object_set_new(value, key, json_null()) == 0)
                return true;
        }
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        json_t *item = json_array_get(value, i);
        if (json_is_object(item) || json_is_array(item) ? put_null(item)
                                                        : json_array_set_new(value, i, json_null()) == 0)
            return true;
    }
    return false;
}

/* In the data, where a message has such; all of them, when there is nothing in them. */
static void nullify(uint8_t **bytes, size_t *size) {
    json_t *body = json_loadb((const char *)*bytes, *size, 0, NULL);
    json_t *data = json_object_get(body, "data");
    if (body == NULL) {
        *size = 0;
        return;
    }
    if (!put_null(data != NULL ? data : body) && data != NULL)
        json_object_set_new(body, "data", json_null());
    free(*bytes);
    *bytes = must((uint8_t *)json_dumps(body, JSON_COMPACT));
    *size = strlen((const char *)*bytes);
    json_decref(body);
}

void faults_spoil(struct sim_faults *faults, uint8_t **bytes, size_t *size) {
    if (faults_fall(faults, FAULT_NULL))
        nullify(bytes, size);
    if (faults_fall(faults, FAULT_GARBAGE))
        for (size_t i = 0; i < *size; i++)
            (*bytes)[i] = (uint8_t)nrand48(faults->random);
    if (faults_fall(faults, FAULT_HALF))
        *size /= 2;
}

void faults_tell(const struct sim_faults *faults, char *out, size_t size) {
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < FAULT_COUNT && used < size; i++)
        if (faults->rates[i] > 0)
            used += (size_t)snprintf(out + used, size - used, "%s%s %llu", used > 0 ? ", " : "", names[i],
                                     (unsigned long long)faults->counts[i]);
}
