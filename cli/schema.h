/* JSON Schema (2020-12) and AsyncAPI (3.0) of protocols whose messages are JSON. */
#ifndef CLI_SCHEMA_H
#define CLI_SCHEMA_H

#include <jansson.h>

#include "fields.h"

/* These print what is selected and return the exit code. */
int schema_print(const struct selection *selection);
int asyncapi_print(const struct selection *selection);

/* The schema of the body of a message: as strict as its writer. A new reference. NULL after an error on stderr. */
json_t *schema_make(const struct zjiot_protocol *protocol, const struct named *named);

/* "down.setTimer", "up.ftpUpgrade.finished": what documents call a message. */
void schema_key(const struct named *named, char *out, size_t size);

/* False, after an error on stderr, for a selection that has no one document of this kind. */
bool schema_suits(const struct selection *selection, const char *what);

/* Sets a member of an object, and takes the reference to its value. */
void schema_set(json_t *object, const char *key, json_t *value);
void schema_set_text(json_t *object, const char *key, const char *text);

/* Prints a document and gives its reference back. */
int schema_put(json_t *document);

#endif
