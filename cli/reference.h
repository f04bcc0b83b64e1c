/* The reference of protocols and messages, as Markdown. */
#ifndef CLI_REFERENCE_H
#define CLI_REFERENCE_H

#include "fields.h"

/* Prints what is selected; returns the exit code. */
int reference_print(const struct selection *selection);

#endif
