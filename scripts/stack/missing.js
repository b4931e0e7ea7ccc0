/** Something that the machine lacks or refuses: its message is all that a person needs. */
export class MissingError extends Error {}
