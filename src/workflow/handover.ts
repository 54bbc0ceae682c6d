/** What a model is told in a conversation that was handed over to a person. */

/** Nothing of the reason: a model wrote it, perhaps from what others wrote, and here it would be an instruction. */
export const HANDED_OVER = `This conversation has been handed over to a person, who has not dealt with it yet. Say so where the
user may be waiting for them; do not hand it over again.`;
