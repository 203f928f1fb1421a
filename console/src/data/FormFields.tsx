import { useEffect, useId, useRef } from 'react';
import type { Draft } from './describe/changes';
import type { InputField } from './describe/inputs';
import { displayName } from './describe/names';
import type { Raw } from './describe/values';
import { InputControl } from './InputControl';

interface Props {
  fields: readonly InputField[];
  draft: Draft;
  errors: Readonly<Record<string, string>>;
  onChange: (draft: Draft) => void;
}

/** The fields of a form, each with its description and its error. The first wrong one gets the focus. */
export function FormFields({ fields, draft, errors, onChange }: Props) {
  const container = useRef<HTMLDivElement>(null);
  const wrong = fields.filter(field => errors[field.name]).map(field => field.name);
  const key = wrong.join(' ');
  useEffect(() => {
    if (key) container.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [key]);
  return (
    <div ref={container}>
      {fields.map(field => (
        <FormField
          key={field.name}
          field={field}
          raw={draft[field.name] ?? ''}
          error={errors[field.name]}
          onChange={raw => onChange({ ...draft, [field.name]: raw })}
        />
      ))}
    </div>
  );
}

interface FieldProps {
  field: InputField;
  raw: Raw;
  error: string | undefined;
  onChange: (raw: Raw) => void;
}

function FormField({ field, raw, error, onChange }: FieldProps) {
  const id = useId();
  const isGroup = field.control.kind === 'enums';
  const name = `${displayName(field.name)}${field.isRequired ? ' (required)' : ''}`;
  return (
    <div className="field">
      {isGroup ? <span className="label">{name}</span> : <label htmlFor={id}>{name}</label>}
      <InputControl
        id={id}
        field={field}
        raw={raw}
        label={isGroup ? name : undefined}
        errorId={error ? `${id}-error` : undefined}
        descriptionId={`${id}-description`}
        onChange={onChange}
      />
      {error && (
        <p className="error" id={`${id}-error`}>
          {error}
        </p>
      )}
      <p className="hint" id={`${id}-description`}>
        {field.description}
      </p>
    </div>
  );
}
