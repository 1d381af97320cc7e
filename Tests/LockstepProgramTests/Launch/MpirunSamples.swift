/// What mpirun of Open MPI 4.1.4 wrote on standard error, each after a fault that was made for it.
enum MpirunSamples {
  static let killed = #"""
    --------------------------------------------------------------------------
    Primary job  terminated normally, but 1 process returned
    a non-zero exit code. Per user-direction, the job has been aborted.
    --------------------------------------------------------------------------
    --------------------------------------------------------------------------
    mpirun noticed that process rank 1 with PID 0 on node vm exited on signal 9 (Killed).
    --------------------------------------------------------------------------

    """#

  static let segmentationFault = #"""
    --------------------------------------------------------------------------
    Primary job  terminated normally, but 1 process returned
    a non-zero exit code. Per user-direction, the job has been aborted.
    --------------------------------------------------------------------------
    --------------------------------------------------------------------------
    mpirun noticed that process rank 1 with PID 0 on node vm exited on signal 11 (Segmentation fault).
    --------------------------------------------------------------------------

    """#

  static let ended = #"""
    --------------------------------------------------------------------------
    Primary job  terminated normally, but 1 process returned
    a non-zero exit code. Per user-direction, the job has been aborted.
    --------------------------------------------------------------------------
    --------------------------------------------------------------------------
    mpirun detected that one or more processes exited with non-zero status, thus causing
    the job to be terminated. The first process to do so was:

      Process name: [[29388,1],1]
      Exit code:    5
    --------------------------------------------------------------------------

    """#

  static let aborted = #"""
    --------------------------------------------------------------------------
    MPI_ABORT was invoked on rank 1 in communicator MPI_COMM_WORLD
    with errorcode 1.

    NOTE: invoking MPI_ABORT causes Open MPI to kill all MPI processes.
    You may or may not see output from other processes, depending on
    exactly when Open MPI kills them.
    --------------------------------------------------------------------------

    """#

  static let slots = #"""
    --------------------------------------------------------------------------
    There are not enough slots available in the system to satisfy the 4
    slots that were requested by the application:

      ./mpi

    Either request fewer slots for your application, or make more slots
    available for use.

    A "slot" is the Open MPI term for an allocatable unit where we can
    launch a process.  The number of slots available are defined by the
    environment in which Open MPI processes are run:

      1. Hostfile, via "slots=N" clauses (N defaults to number of
         processor cores if not provided)
      2. The --host command line parameter, via a ":N" suffix on the
         hostname (N defaults to 1 if not provided)
      3. Resource manager (e.g., SLURM, PBS/Torque, LSF, etc.)
      4. If none of a hostfile, the --host command line parameter, or an
         RM is present, Open MPI defaults to the number of processor cores

    In all the above cases, if you want Open MPI to default to the number
    of hardware threads instead of the number of processor cores, use the
    --use-hwthread-cpus option.

    Alternatively, you can use the --oversubscribe option to ignore the
    number of available slots when deciding the number of processes to
    launch.
    --------------------------------------------------------------------------

    """#

  static let missingHostFile = #"""
    --------------------------------------------------------------------------
    Open RTE was unable to open the hostfile:
        none
    Check to make sure the path and filename are correct.
    --------------------------------------------------------------------------
    --------------------------------------------------------------------------
    An internal error has occurred in ORTE:

    [[19710,0],0] FORCE-TERMINATE AT (null):1 - error ../../../../../orte/mca/ras/base/ras_base_allocate.c(352)

    This is something that should be reported to the developers.
    --------------------------------------------------------------------------

    """#

  static let hostFileParse = #"""
    --------------------------------------------------------------------------
    Open RTE detected a parse error in the hostfile:
        bad
    It occured on line number 1 on token 1.
    --------------------------------------------------------------------------
    --------------------------------------------------------------------------
    No nodes are available for this job, either due to a failure to
    allocate nodes to the job, or allocated nodes being marked
    as unavailable (e.g., down, rebooting, or a process attempting
    to be relocated to another node when none are available).
    --------------------------------------------------------------------------
    [vm:08204] 3 more processes have sent help message help-hostfile.txt / parse_error
    [vm:08204] Set MCA parameter "orte_base_help_aggregate" to 0 to see all help / error messages

    """#

  static let hostFileSlots = #"""
    --------------------------------------------------------------------------
    Open RTE detected a bad parameter in the hostfile:
        bad2
    The slots parameter is less than 0:
        slots=-1
    --------------------------------------------------------------------------
    --------------------------------------------------------------------------
    An internal error has occurred in ORTE:

    [[19692,0],0] FORCE-TERMINATE AT (null):1 - error ../../../../../orte/mca/ras/base/ras_base_allocate.c(352)

    This is something that should be reported to the developers.
    --------------------------------------------------------------------------

    """#

  static let noHosts = #"""
    --------------------------------------------------------------------------
    No nodes are available for this job, either due to a failure to
    allocate nodes to the job, or allocated nodes being marked
    as unavailable (e.g., down, rebooting, or a process attempting
    to be relocated to another node when none are available).
    --------------------------------------------------------------------------

    """#

  static let executable = #"""
    --------------------------------------------------------------------------
    mpirun was unable to launch the specified application as it could not access
    or execute an executable:

    Executable: ./nothing
    Node: vm

    while attempting to start process rank 0.
    --------------------------------------------------------------------------

    """#

  static let execution = #"""
    --------------------------------------------------------------------------
    Open MPI tried to fork a new process via the "execve" system call but
    failed.  Open MPI checks many things before attempting to launch a
    child process, but nothing is perfect. This error may be indicative
    of another problem on the target host, or even something as silly as
    having specified a directory for your application. Your job will now
    abort.

      Local host:        vm
      Working dir:       /home/user
      Application name:  ./notbin
      Error:             Exec format error
    --------------------------------------------------------------------------
    --------------------------------------------------------------------------
    mpirun was unable to start the specified application as it encountered an
    error:

    Error code: -125
    Error name: The specified application failed to start
    Node: vm

    when attempting to start process rank 0.
    --------------------------------------------------------------------------
    [vm:08236] 2 more processes have sent help message help-orte-odls-default.txt / execve error
    [vm:08236] Set MCA parameter "orte_base_help_aggregate" to 0 to see all help / error messages

    """#

  static let workingDirectory = #"""
    --------------------------------------------------------------------------
    mpirun was unable to launch the specified application as it could not
    change to the specified working directory:

    Working directory: /nonexistent
    Node: vm

    while attempting to start process rank 0.
    --------------------------------------------------------------------------

    """#

  static let unknownHost = #"""
    cluster-rsh: Could not resolve hostname node9: Name or service not known
    --------------------------------------------------------------------------
    ORTE was unable to reliably start one or more daemons.
    This usually is caused by:

    * not finding the required libraries and/or binaries on
      one or more nodes. Please check your PATH and LD_LIBRARY_PATH
      settings, or configure OMPI with --enable-orterun-prefix-by-default

    * lack of authority to execute on one or more specified nodes.
      Please verify your allocation and authorities.

    * the inability to write startup files into /tmp (--tmpdir/orte_tmpdir_base).
      Please check with your sys admin to determine the correct location to use.

    *  compilation of the orted with dynamic libraries when static are required
      (e.g., on Cray). Please check your configure cmd line and consider using
      one of the contrib/platform definitions for your system type.

    * an inability to create a connection back to mpirun due to a
      lack of common network interfaces and/or no route found between
      them. Please check network connectivity (including firewalls
      and network routing requirements).
    --------------------------------------------------------------------------
    --------------------------------------------------------------------------
    ORTE does not know how to route a message to the specified daemon
    located on the indicated node:

      my node:   node1
      target node:  node2

    This is usually an internal programming error that should be
    reported to the developers. In the meantime, a workaround may
    be to set the MCA param routed=direct on the command line or
    in your environment. We apologize for the problem.
    --------------------------------------------------------------------------

    """#

  static let remoteShellMissing = #"""
    --------------------------------------------------------------------------
    The value of the MCA parameter "plm_rsh_agent" was set to a path
    that could not be found:

      plm_rsh_agent: nosuchssh

    Please either unset the parameter, or check that the path is correct
    --------------------------------------------------------------------------
    [node1:13882] [[INVALID],INVALID] FORCE-TERMINATE AT Not found:-13 - error ../../../../../../orte/mca/plm/rsh/plm_rsh_component.c(335)

    """#

  static let noDaemon = #"""
    bash: line 1: orted: command not found
    --------------------------------------------------------------------------
    ORTE was unable to reliably start one or more daemons.
    This usually is caused by:

    * not finding the required libraries and/or binaries on
      one or more nodes. Please check your PATH and LD_LIBRARY_PATH
      settings, or configure OMPI with --enable-orterun-prefix-by-default

    * lack of authority to execute on one or more specified nodes.
      Please verify your allocation and authorities.

    * the inability to write startup files into /tmp (--tmpdir/orte_tmpdir_base).
      Please check with your sys admin to determine the correct location to use.

    *  compilation of the orted with dynamic libraries when static are required
      (e.g., on Cray). Please check your configure cmd line and consider using
      one of the contrib/platform definitions for your system type.

    * an inability to create a connection back to mpirun due to a
      lack of common network interfaces and/or no route found between
      them. Please check network connectivity (including firewalls
      and network routing requirements).
    --------------------------------------------------------------------------

    """#

  static let lostHost = #"""
    --------------------------------------------------------------------------
    ORTE has lost communication with a remote daemon.

      HNP daemon   : [[32316,0],0] on node node1
      Remote daemon: [[32316,0],1] on node node2

    This is usually due to either a failure of the TCP network
    connection to the node, or possibly an internal failure of
    the daemon itself. We cannot recover from this failure, and
    therefore will terminate the job.
    --------------------------------------------------------------------------

    """#

  static let forwarding = """
    mpirun: Forwarding signal 10 to job

    """

  /// After a rank was killed while MPI started; mpirun then waited for ever.
  static let killedAtStart = """
    --------------------------------------------------------------------------
    Primary job  terminated normally, but 1 process returned
    a non-zero exit code. Per user-direction, the job has been aborted.
    --------------------------------------------------------------------------
    [vm:18985] PMIX ERROR: UNREACHABLE in file ../../../../../src/mca/ptl/base/ptl_base_connection_hdlr.c at line 388
    --------------------------------------------------------------------------
    mpirun noticed that process rank 0 with PID 0 on node vm exited on signal 9 (Killed).
    --------------------------------------------------------------------------

    """
}
