import { useId } from 'react';
import { type DraftCondition, fieldOfRow, inputOfRow, operatorOfRow, withOperator } from './describe/conditions';
import type { FilterField } from './describe/filters';
import { displayName } from './describe/names';
import { InputControl } from './InputControl';

interface Props {
  fields: readonly FilterField[];
  row: DraftCondition;
  error: string | null;
  onChange: (row: DraftCondition) => void;
  onRemove: () => void;
}

const OPERATOR_NAMES: Record<string, string> = {
  eq: 'is',
  ne: 'is not',
  in: 'is one of',
  notIn: 'is none of',
  gt: 'is greater than',
  gte: 'is at least',
  lt: 'is less than',
  lte: 'is at most',
  isNull: 'is null',
};

/** An operator for people. */
export function operatorName(name: string): string {
  return name === '' ? 'is' : (OPERATOR_NAMES[name] ?? displayName(name).toLowerCase());
}

/** One condition of the filter: field, operator and value. */
export function FilterRow({ fields, row, error, onChange, onRemove }: Props) {
  const id = useId();
  const field = fieldOfRow(fields, row) ?? fields[0];
  const operator = operatorOfRow(field, row);
  if (!field || !operator) return null;
  const name = field.path.map(displayName).join(' / ');
  return (
    <fieldset className="condition">
      <legend>{name}</legend>
      <select
        aria-label={`Operator of ${name}`}
        value={operator.name}
        onChange={event => onChange(withOperator(field, field.path, event.target.value))}
      >
        {field.operators.map(candidate => (
          <option key={candidate.name} value={candidate.name}>
            {operatorName(candidate.name)}
          </option>
        ))}
      </select>
      <InputControl
        id={id}
        label={`Value of ${name}`}
        field={inputOfRow(field, operator)}
        raw={row.raw}
        hint={operator.isList && operator.control.kind !== 'enums' ? 'Separate values by commas' : undefined}
        errorId={error ? `${id}-error` : undefined}
        onChange={raw => onChange({ ...row, operator: operator.name, raw })}
      />
      <button type="button" onClick={onRemove} aria-label={`Remove the condition on ${name}`}>
        Remove
      </button>
      {error && (
        <p className="error" id={`${id}-error`} role="alert">
          {error}
        </p>
      )}
    </fieldset>
  );
}
