/* A message as people read it. */
#ifndef CLI_TEXT_H
#define CLI_TEXT_H

#include <stdbool.h>

#include "reading.h"

/* Headline, values and deviations of a message that was decoded with a trace. */
void print_text(const struct result *result, bool show_secrets);

#endif
