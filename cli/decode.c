#include "commands.h"
#include "printer.h"
#include "reading.h"

static int show(const struct result *result, void *context) {
    printer_show(context, result);
    return EXIT_OK;
}

int run_decode(const struct invocation *invocation) {
    struct printer printer = {
        .options = reading_options(invocation),
        .format = (enum format)invocation->choice[OPTION_OUTPUT],
    };
    printer_start(&printer);
    return reading_run(invocation, printer_depth(&printer), show, &printer);
}
