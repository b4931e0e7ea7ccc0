/** From what fails to the lines that say why. */
export const ERROR_LINES = [['Errors in the log', '/d/barbossa-logs?var-level=ERROR&${__url_time_range}']] as const;
