"""DVC stage sweeps: what each weight of the KL and each setting gave -> tables, front."""

import pandas as pd

from stages.core.cli import Input, Output, run
from stages.core.formats import write_table
from stages.core.names import Name as SettingName
from stages.core.params import read
from stages.core.stale_outputs import clear_stale_outputs
from stages.ledger.front import judged
from stages.ledger.summary import gather
from stages.models.schema import Betas, Variant


def main(
    params: Input,
    by_beta: Input,
    by_setting: Input,
    by_variant: Input,
    set_aside: Output,
    beta_curve: Output,
    exercise: Output,
    longer: Output,
) -> None:
    """Put both sweeps together, and choose the exercise's winner by the rule of `judged`.

    Args:
        params: `params.yaml`; reads `beta_curve.betas`, `exercise.settings`, `exercise.margin` and
            `longer.variants`.
        by_beta: folder with one table for each weight of the KL.
        by_setting: folder with one table for each setting of the exercise.
        by_variant: folder with one table for each variant that is also trained for longer.
        set_aside: folder that takes the tables of what `params.yaml` no longer has.
        beta_curve: CSV, one row for each weight of the KL and pretraining seed.
        exercise: CSV, one row for each setting, with `on_front` and `winner`.
        longer: CSV, one row for each variant, pretraining seed and number of epochs.
    """
    betas = [str(beta) for beta in read(params, "beta_curve.betas", Betas)]
    # Sorted, since for DVC the order of the blocks is no change.
    settings = dict(sorted(read(params, "exercise.settings", dict[SettingName, Variant]).items()))
    margin = read(params, "exercise.margin", float)

    variants = sorted(read(params, "longer.variants", tuple[str, ...]))
    for folder, names in ((by_beta, betas), (by_setting, [*settings]), (by_variant, variants)):
        clear_stale_outputs(folder, names, set_aside)
    varied = pd.DataFrame([_varied(name, setting) for name, setting in settings.items()])
    chosen = judged(varied.merge(gather(by_setting, settings), on="setting"), margin)
    write_table(beta_curve, gather(by_beta, betas))
    write_table(exercise, chosen)
    write_table(longer, gather(by_variant, variants))


def _varied(name: str, setting: Variant) -> dict[str, str | int | float]:
    """What a setting of the exercise varies, as columns of its table."""
    return {
        "setting": name,
        "latent_dim": setting.architecture.latent_dim,
        "latent_activation": setting.architecture.latent_activation,
        "sparsity_weight": setting.sparsity.weight if setting.sparsity else 0.0,
        "noise_stddev": setting.noise.stddev if setting.noise else 0.0,
    }


if __name__ == "__main__":
    run(main)
