"""A quick check of the training code: python3 tools/train/check.py"""
import numpy as np
import torch

from dataset import augment, guesses, prior_blend
from ibnet2 import SHARE_BIAS, IbNet2, mix, view_curve, warp
from layered import make_sample


def as_tensor(image):
    return torch.from_numpy(np.moveaxis(image, -1, 0).astype(np.float32).copy())[None]


def check_untrained_is_prior():
    generator = torch.Generator().manual_seed(1)
    key0, key1 = torch.rand((2, 3, 70, 90), generator=generator), torch.rand((2, 3, 70, 90), generator=generator)
    main, other = torch.rand((2, 2, 7, 70, 90), generator=generator)
    for guess in (main, other):
        guess[:, :4] = 20 * guess[:, :4] - 10
    t = torch.tensor([0.5, 0.25])
    with torch.no_grad():
        output, _ = IbNet2()(view_curve(key0), view_curve(key1), *guesses(main, other), t)
        for guess, mixed in ((main, output.main), (other, output.other)):
            assert torch.equal(mixed.flow0, guess[:, 0:2]) and torch.equal(mixed.flow1, guess[:, 2:4])
        difference = mix(key0, key1, output.main) - prior_blend(key0, key1, main, t)
        assert difference.abs().max() < 1e-5
        assert torch.allclose(output.share.logit(), torch.tensor(SHARE_BIAS), atol=1e-4)
        assert output.spread.shape == (2, 8, 70, 90) and output.spread.max() < 0.01
        assert output.error.shape == (2, 1, 70, 90) and torch.allclose(output.error.log(), torch.tensor(-4.0))


def check_exact_flow():
    """Where a layered pixel can be seen in a keyframe, its exact flow finds it there."""
    for seed in range(6):
        s = make_sample(seed)
        for key, flow, visible in ((s.key0, s.flow0, s.visible0), (s.key1, s.flow1, s.visible1)):
            warped = view_curve(warp(as_tensor(key), as_tensor(flow)))
            error = (warped - view_curve(as_tensor(s.truth))).abs().mean(1)[0].numpy()
            assert np.median(error[visible]) < 0.1, seed


def check_augmentation():
    """Whatever is flipped and swapped, the prior's flows still lead to the same places."""
    s = make_sample(13)
    parts = [np.moveaxis(x, -1, 0).astype(np.float16) for x in (s.key0, s.key1, s.truth)]
    flow = np.concatenate([np.moveaxis(x, -1, 0) for x in (s.flow0, s.flow1)]).astype(np.float16)
    seen = np.stack((s.visible0, s.visible1)).astype(np.float16)
    prior = np.concatenate((flow, np.ones((3, *flow.shape[1:])))).astype(np.float16)
    for seed in range(20):
        key0, _, truth, main, other, flow1, seen1, _ = augment(np.random.default_rng(seed),
                                                               [*parts, prior, prior, flow, seen, 0.5])
        assert np.array_equal(main[:4], flow1) and np.array_equal(other, main)
        key0, truth, flow1 = (torch.from_numpy(x).float()[None] for x in (key0, truth, flow1))
        error = (view_curve(warp(key0, flow1[:, :2])) - view_curve(truth)).abs().mean(1)[0].numpy()
        assert np.median(error[seen1[0] > 0]) < 0.1, seed


if __name__ == "__main__":
    check_untrained_is_prior()
    check_exact_flow()
    check_augmentation()
    print("ok")
