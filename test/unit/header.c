/* A program of one public header: it needs nothing before it and compiles without a warning. */
#include HEADER

int main(void) {
    return 0;
}
