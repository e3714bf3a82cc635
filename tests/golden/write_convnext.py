"""Write what Hugging Face's ConvNeXt V2 layer gives, for `tests/brain/test_brain_network.py`.

pip install transformers==5.23.0 && python tests/golden/write_convnext.py
"""

from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import ConvNextV2Config
from transformers.models.convnextv2.modeling_convnextv2 import ConvNextV2Layer

WIDTH = 6


def main() -> None:
    torch.manual_seed(0)
    layer = ConvNextV2Layer(ConvNextV2Config(), WIDTH)
    for parameter in layer.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    x = torch.randn(2, WIDTH, 9, 11)
    with torch.inference_mode():
        y = layer(x)
    weights = {name: value.detach() for name, value in layer.state_dict().items()}
    save_file({"x": x, "y": y, **weights}, Path(__file__).with_name("convnext.safetensors"))


if __name__ == "__main__":
    main()
