/* How simulated devices misbehave: FAULT(ID, "name", "what happens to a message"). */
#ifndef CLI_SIMULATE_FAULTS_H
#define CLI_SIMULATE_FAULTS_H

#define SIM_FAULTS(FAULT)                                                                                              \
    FAULT(LATE, "late", "it comes later, by what --late-by says")                                                      \
    FAULT(DUPLICATE, "duplicate", "it comes twice")                                                                    \
    FAULT(WRONG_SERIAL, "wrong-serial", "an answer carries the number of another request")                             \
    FAULT(SILENT, "silent", "it does not come")                                                                        \
    FAULT(GARBAGE, "garbage", "as many random bytes come instead")                                                     \
    FAULT(NULL, "null", "a value of its data is null; what is no JSON text comes empty")                               \
    FAULT(HALF, "half", "only its first half comes")

#endif
