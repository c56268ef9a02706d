import { ChokepointError } from '../../base/errors.ts';

/** A lab that could not be opened says nothing of a strategy: whoever goes on with the matrix tries its cells. */
export class LabUnopened extends ChokepointError {
  constructor(cause: ChokepointError) {
    super(cause.code, cause.message.split('\n'), { cause, hint: cause.hint });
  }
}
