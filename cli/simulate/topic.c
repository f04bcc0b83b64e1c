/* Devices whose name is a level of their topics. */
#include <string.h>

#include "simulate/simulate.h"

bool sim_is_level(const char *id) {
    return id[0] != '\0' && id[strcspn(id, "/+#")] == '\0';
}

bool sim_last_level(const struct sim *sim, const struct sim_message *message, char ret_id[SIM_ID_SIZE]) {
    const char *slash = strrchr(message->topic, '/');
    (void)sim;
    if (slash == NULL || slash[1] == '\0' || strlen(slash + 1) >= SIM_ID_SIZE)
        return false;
    strcpy(ret_id, slash + 1);
    return true;
}
