import LockstepProgram

LockstepProgram().main()
