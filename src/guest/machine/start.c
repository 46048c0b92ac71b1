/* The entry point. The machine starts with registers of any value, also the stack pointer; .bss is zero. */
int main(void);
_Noreturn void halt(int code);
_Noreturn void start(void);

__asm__(".section .text.start, \"ax\", @progbits\n"
        ".globl _start\n"
        ".type _start, @function\n"
        "_start:\n"
        "    la sp, _stack_top\n"
        "    li ra, 0\n"
        "    j start\n"
        ".size _start, . - _start\n"
        ".text\n");

_Noreturn void start(void)
{
    halt(main());
}
