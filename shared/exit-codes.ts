/** Exit codes of every command: those of sysexits.h if it has one. The probe node and the command line share them. */
export const EXIT = { fine: 0, problems: 1, usage: 2, unreachable: 69, fault: 70, config: 78 } as const;
